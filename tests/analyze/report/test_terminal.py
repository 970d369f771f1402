import io
import json

import pytest
from rich.cells import cell_len
from rich.console import Console

from slm_instrument.analyze.cards.savings import Prices, savings
from slm_instrument.analyze.report import render_table, tasks_table, tasks_to_json, to_json
from slm_instrument.canonical import AnswerKind


@pytest.fixture
def full(made):
    return made.task(
        cost_usd=12.5, input_tokens=1_000_000, latency_ms=312.0, self_agreement=0.7, growth=2.5, replaceable=0.8
    )


def printed(table, width):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(table, highlight=False)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160, 200])
def test_no_row_is_wider_than_the_terminal_or_folded(width, full):
    lines = printed(tasks_table([full]), width).splitlines()
    assert len(lines) == 3
    assert all(cell_len(line) <= width for line in lines)


def test_what_matters_most_is_there_at_eighty_columns_and_all_at_two_hundred(full):
    narrow, wide = printed(tasks_table([full]), 80), printed(tasks_table([full]), 200)
    for text in ("sort-mail", "a1", "2 labels", "200", "$12.50", "80%"):
        assert text in narrow
    for text in ("1,000,000", "312 ms", "2.5x", "70%", "teacher disagrees with itself +1"):
        assert text in wide


def test_a_column_that_would_be_empty_is_left_out(made):
    assert "cost" not in printed(tasks_table([made.task()]), 200)


def test_savings_are_shown_where_they_are_given(full):
    found = savings([full], Prices())
    assert "saves" not in printed(tasks_table([full]), 200)
    assert f"${found['a1'].net_usd:,.2f}" in printed(tasks_table([full], found), 200)


@pytest.mark.parametrize("name", ["[red]sale[/]", "[/]", "a\x1b[31mb", "\ud800", "\u202eevil"])
def test_names_of_the_log_are_neither_markup_nor_control_characters(name, made):
    text = printed(render_table(made.analysis([made.task(name=name)], agents=(made.share(agent=name),))), 120)
    text.encode()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]sale[/]" in text or "[red]" not in name


def test_the_papers_guesses_stand_beside_ours_and_are_said_to_be_guesses(made, full):
    text = printed(render_table(made.analysis([full])), 120)
    for agent, share in (("MetaGPT", "60%"), ("Open Operator", "40%"), ("Cradle", "70%")):
        assert any(agent in line and share in line for line in text.splitlines())
    assert "never measured" in text
    assert "before any training" in text


def test_several_agents_have_a_sum(made, full):
    agents = (made.share(agent="one", cost_usd=1.0, replaceable_cost=0.25), made.share(agent="two"))
    text = printed(render_table(made.analysis([full], agents=agents)), 120)
    assert "all" in text
    assert "25%" in text


def test_without_tasks_there_is_a_sentence(made):
    assert "No task was found" in printed(render_table(made.analysis([])), 80)
    assert "slm-instrument analyze" in printed(tasks_table([]), 80)


def test_json_holds_the_card_of_every_task(made):
    task = made.task(
        kind=AnswerKind.JSON,
        agents=("x",),
        agent_calls=(200,),
        schemas={"": {"type": "object"}},
        typical=("c1",),
        unusual=("c2",),
        first_at=made.start,
        growth=2.0,
        calls=20,
    )
    values = json.loads(json.dumps(to_json(made.analysis([task]))))
    (made,) = values["tasks"]
    assert made["agent_calls"] == [200]
    assert made["schemas"] == {"": {"type": "object"}}
    assert (made["typical"], made["unusual"], made["growth"]) == (["c1"], ["c2"], 2.0)
    assert made["first_at"] == "2026-05-01T00:00:00+00:00"
    assert made["last_at"] is None
    assert made["risks"] == ["few calls", "growing fast"]
    assert tasks_to_json([task]) == {"tasks": values["tasks"]}


def test_json_holds_savings_where_they_are_given(made, full):
    found = savings([full], Prices())
    (task,) = to_json(made.analysis([full]), found)["tasks"]
    assert task["saving"]["net_usd"] == found["a1"].net_usd
    assert "saving" not in to_json(made.analysis([full]))["tasks"][0]
