import io
import json
import tracemalloc

import pytest
from rich.console import Console
from scipy.stats import beta

from slm_instrument.errors import BundleError, NotFoundError
from slm_instrument.records import Call, Failure, Message
from slm_instrument.runtime.replay import render_table, replay
from slm_instrument.runtime.student import Prediction
from slm_instrument.runtime.testing import SLOT, Pattern, ScriptedStudent, write_fake_bundle
from slm_instrument.store import Verdict

INTENT = Pattern(("Intent of: ", SLOT))
GREETING = Pattern(("Greet ", SLOT))


def call(text, answer, **fields):
    response = Message("assistant", answer) if answer is not None else None
    return Call(messages=(Message("user", text),), response=response, **fields)


class Picky:
    """Answers in capitals, and its gate accepts what begins with an a."""

    def answer(self, text):
        if text == "crash":
            raise RuntimeError("no luck")
        return Prediction(Message("assistant", text.upper()), 0.5, text.startswith("a"), text.upper())


@pytest.fixture
def models(tmp_path):
    write_fake_bundle(tmp_path / "models", task_id="t1", task_name="intent", last=INTENT)
    write_fake_bundle(tmp_path / "models", task_id="t2", task_name="greeting", last=GREETING)
    return tmp_path / "models"


CALLS = [
    call("Intent of: ab", "AB"),  # answered, agrees
    call("Intent of: ac", " AC "),  # answered, agrees: spacing does not count
    call("Intent of: ad", "something else"),  # answered, disagrees
    call("Intent of: b", "B"),  # not accepted
    call("Intent of: crash", "CRASH"),  # the student fails: not answered
    call("Greet bob", "BOB"),  # of the other task, not accepted
    call("something else", "x"),  # of no task
    call("Intent of: ae", None, error=Failure("Timeout")),
    call("Intent of: af", "AF", served_by="slm:other"),
    call("Intent of: ag", None),
]


def test_the_figures_of_a_small_case(models):
    report = replay(CALLS, models, load_student=lambda _: Picky())
    found = report.to_json()
    assert list(found) == [
        "calls", "matched", "substituted", "coverage", "agreement", "agreement_low", "tasks", "latency_ms",
    ]  # fmt: skip
    assert (found["calls"], found["matched"], found["substituted"]) == (7, 6, 3)
    assert found["coverage"] == pytest.approx(3 / 6)
    assert found["agreement"] == pytest.approx(2 / 3)
    assert found["agreement_low"] == pytest.approx(beta.ppf(0.05, 2, 2))
    assert found["latency_ms"]["p99"] >= found["latency_ms"]["p50"] > 0
    assert report.skipped == 3
    intent, greeting = found["tasks"]["t1"], found["tasks"]["t2"]
    assert list(intent) == [
        "name", "calls", "matched", "substituted", "coverage", "agreement", "agreement_low", "latency_ms",
    ]  # fmt: skip
    assert (intent["name"], intent["calls"], intent["matched"], intent["substituted"]) == ("intent", 5, 5, 3)
    assert intent["coverage"] == pytest.approx(3 / 5)
    assert (greeting["matched"], greeting["coverage"]) == (1, 0.0)
    assert greeting["agreement"] is None
    assert greeting["agreement_low"] is None
    json.dumps(found)


def test_flags_are_not_looked_at(models, monkeypatch):
    monkeypatch.setenv("SLM_INSTRUMENT_DISABLED", "1")
    monkeypatch.setenv("SLM_INSTRUMENT_FLAGS", "intent=off")
    assert replay(CALLS, models, load_student=lambda _: Picky()).substituted == 3


def test_nothing_to_replay(models):
    report = replay([], models, load_student=lambda _: Picky())
    found = report.to_json()
    assert (found["calls"], found["matched"], found["coverage"], found["agreement"]) == (0, 0, 0.0, None)
    assert found["latency_ms"] == {"p50": None, "p99": None}


def test_an_uncertified_student_answers_nothing(tmp_path):
    write_fake_bundle(tmp_path, task_name="intent", last=INTENT, verdict=Verdict.INSUFFICIENT)
    report = replay(CALLS, tmp_path, load_student=lambda _: Picky())
    assert (report.matched, report.substituted) == (5, 0)


@pytest.mark.parametrize("folder", [".", "missing"])
def test_no_bundle_is_one_clear_line(tmp_path, folder):
    with pytest.raises(NotFoundError, match="no bundle there"):
        replay(CALLS, tmp_path / folder)


def test_only_broken_bundles_are_one_clear_line(models):
    for broken in models.iterdir():
        (broken / "model.onnx").unlink()
    with pytest.raises(BundleError, match=r"model\.onnx is missing"):
        replay(CALLS, models)


def test_one_broken_bundle_leaves_its_task_unanswered(models):
    (broken,) = (path for path in models.iterdir() if '"greeting"' in (path / "manifest.json").read_text())
    (broken / "model.onnx").unlink()
    report = replay(CALLS, models, load_student=lambda _: Picky())
    assert (report.matched, report.substituted) == (6, 3)


def test_a_real_student_that_is_no_model_is_one_clear_line(models):
    with pytest.raises(BundleError, match="cannot be loaded"):
        replay(CALLS, models)


def test_memory_does_not_grow_with_the_calls(models):
    def run(count):
        tracemalloc.start()
        # A student that kept what it was asked would grow itself.
        replay((call(f"Intent of: a{at}", "x") for at in range(count)), models, load_student=lambda _: Picky())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    run(100)
    assert run(5_000) < run(500) + 200_000


def test_the_table_says_it_all(models):
    report = replay(CALLS, models, load_student=lambda _: Picky())
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(render_table(report))
    text = console.export_text()
    for expected in ("intent", "greeting", "0.500", "0.667", "0.135", "3 calls without an LLM's answer"):
        assert expected in text


def test_at_80_columns_no_word_of_the_table_is_cut(models):
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(render_table(replay(CALLS, models, load_student=lambda _: Picky())))
    lines = console.export_text().splitlines()
    assert lines[1].split() == ["task", "calls", "matched", "answered", "coverage", "agreement", "least", "ms", "ms"]
    assert all(len(line.rstrip()) <= 80 and "…" not in line for line in lines)


def test_a_scripted_student_will_do(models):
    report = replay(CALLS, models, load_student=lambda _: ScriptedStudent(str.upper))
    assert report.substituted == 6
