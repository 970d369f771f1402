import json
import re
import stat

import pytest

from slm_instrument.analyze.cards.savings import Prices, savings
from slm_instrument.analyze.report import page, write_page
from slm_instrument.analyze.report.contents import MAX_MESSAGES, whole_call
from slm_instrument.analyze.report.texts import Texts
from slm_instrument.records import Call, Message


def data_of(path):
    (text,) = re.findall(r'id="data">(.*?)</script>', path.read_text("utf-8"), re.DOTALL)
    return json.loads(text)


@pytest.fixture
def written(analysed, embed, tmp_path):
    path = tmp_path / "out.html"
    priced = savings([analysed.task], Prices(input_usd=1, output_usd=2))
    write_page(path, analysed.analysis, analysed.store, embed=embed, savings=priced)
    return path


def test_the_page_is_its_owners_alone_and_small(written):
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert written.stat().st_size < 200_000  # a prompt of a megabyte is in it, cut


def test_hostile_texts_are_in_it_as_texts(written):
    html = written.read_text("utf-8")
    assert "alert(1)" in html
    assert "<script>alert" not in html
    assert "<img" not in html
    assert html.count("</script>") == 2
    assert "\x00" not in html
    assert "\u202e" not in html


def test_every_call_of_the_map_lies_on_the_island_of_its_task(written):
    data = data_of(written)
    assert len(data["map"]["dots"]) == len(data["calls"]) == 14
    islands = {island["task"]: island for island in data["map"]["islands"]}
    assert set(islands) == {-1, 0}
    for x, y, task in data["map"]["dots"]:
        assert (x - islands[task]["x"]) ** 2 + (y - islands[task]["y"]) ** 2 <= islands[task]["r"] ** 2


def test_examples_are_whole_others_in_short_and_erased_ones_left_out(written):
    data = data_of(written)
    (task,) = data["tasks"]
    assert len(task["typical"]) == 2
    assert len(task["unusual"]) == 1
    whole = [call for call in data["calls"] if "messages" in call]
    assert {call["id"] for call in whole} == {"c0", "c1", "c2"}
    first = next(call for call in whole if call["id"] == "c0")
    assert [role for role, _ in first["messages"]] == ["system", "user"]
    assert data["texts"][first["said"]] == 'yes\nroute({"to": "</script>"})'
    assert data["texts"][first["varies"]].startswith("</script><script>alert(1)")
    long = next(call for call in whole if call["id"] == "c1")
    head, left, tail = data["texts"][long["messages"][1][1]]
    assert head.startswith("Mail: x")
    assert left > 900_000
    assert tail.endswith("x")


def test_the_card_of_a_task_holds_what_is_known(written, analysed, made):
    data = data_of(written)
    (task,) = data["tasks"]
    assert (task["labels"], task["answers"][0], task["agent_calls"]) == (2, "yes", [11, 1])
    assert task["variants"][0]["calls"] == 12
    assert task["variants"][0]["places"]["last"] == ["Mail: ", None]
    assert "first" not in task["variants"][0]["places"]
    assert r"\u202e" in task["instruction"]
    assert made.hostile.split()[0] in task["instruction"]
    assert list(task["schemas"]) == ["route"]
    assert task["risks"] == ["few calls", "estimate rests on few calls"]
    assert task["saving"]["llm_usd"] is not None
    assert sum(task["trend"]) == 12


def test_what_is_spent_adds_up_by_agent_and_task(written):
    flow = data_of(written)["flow"]
    assert {(row["agent"], row["task"]): row["calls"] for row in flow} == {
        ("clerk", 0): 11,
        ("boss", 0): 1,
        ("clerk", -1): 2,
    }
    assert sum(row["cost_usd"] or 0 for row in flow) == pytest.approx(3.5)


def test_progress_reaches_the_end_of_each_stage(analysed, embed, tmp_path):
    told = []
    write_page(tmp_path / "out.html", analysed.analysis, analysed.store, embed=embed, progress=told.append)
    last = {progress.stage: progress for progress in told}
    assert set(last) == {"reading calls for the report", "drawing the map"}
    assert all(progress.done == progress.total > 0 for progress in last.values())


def test_tasks_that_are_too_many_are_added_up_without_a_card(analysed, embed, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "MAX_TASKS", 0)
    write_page(tmp_path / "out.html", analysed.analysis, analysed.store, embed=embed)
    data = data_of(tmp_path / "out.html")
    assert data["tasks"] == []
    assert data["summary"]["tasks"] == 1
    assert {row["task"] for row in data["flow"]} == {page.NO_TASK, page.OTHER_TASK}


def test_an_analysis_without_tasks_or_calls_makes_a_page(analysed, embed, tmp_path, made):
    class Empty:
        def iter_noted(self):
            return iter(())

        def iter_calls(self, where):
            return iter(())

    write_page(tmp_path / "out.html", made.analysis([], unassigned=0), Empty(), embed=embed)
    assert data_of(tmp_path / "out.html")["map"] == {"islands": [], "dots": []}


def test_of_a_long_dialogue_the_first_and_newest_messages_are_kept():
    call = Call(
        messages=tuple(Message("user", f"turn {number}") for number in range(100)), response=Message("assistant", "ok")
    )
    texts = Texts()
    shown = whole_call(call, texts, 10_000)
    said = [texts.values[number] for _, number in shown["messages"]]
    assert len(said) == MAX_MESSAGES
    assert shown["skipped"] == 60
    assert said[:5] == ["turn 0", "turn 1", "turn 2", "turn 3", "turn 64"]
    assert said[-1] == "turn 99"


def test_a_task_with_more_wordings_than_noted_calls_is_shown(made):
    from slm_instrument.analyze.report.contents import task_card
    from slm_instrument.template import Pattern, Template

    template = Template(Pattern(), Pattern(("",)), Pattern())
    card = task_card(made.task(templates=(template, template), variant_calls=()), None, None)
    assert [variant["calls"] for variant in card["variants"]] == [None, None]
