"""Judgements of calls, as applications and other tools write them."""

import json

import pytest

from slm_instrument import open_store
from slm_instrument.cli import run
from slm_instrument.errors import InputError
from slm_instrument.interchange.feedback import import_feedback, outcome_from
from slm_instrument.testing import make_call

OURS = {"call_id": "c1", "good": False}
LANGFUSE = {
    "id": "s1", "traceId": "t1", "observationId": "o1", "name": "thumbs", "value": 1, "dataType": "BOOLEAN",
    "timestamp": "2026-05-04T03:02:01Z",
}  # fmt: skip
LANGSMITH = {"id": "f1", "run_id": "r1", "key": "correctness", "score": 0.0, "comment": "no"}


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (OURS, ("c1", None, "feedback", False, None)),
        ({"trace_id": 7, "good": True, "score": "0.5", "name": "ann"}, (None, "7", "ann", True, 0.5)),
        ({"session": "thread 1", "good": False}, (None, "own:thread 1", "feedback", False, None)),
        (LANGFUSE, ("o1", None, "thumbs", True, 1.0)),
        ({**LANGFUSE, "observationId": None}, (None, "t1", "thumbs", True, 1.0)),
        (LANGSMITH, ("r1", "r1", "correctness", False, 0.0)),
        ({**LANGSMITH, "trace_id": "root", "score": True}, ("r1", None, "correctness", True, 1.0)),
    ],
)
def test_records(record, said):
    outcome = outcome_from(record, {"thumbs", "correctness"})
    assert (outcome.call_id, outcome.trace_id, outcome.name, outcome.good, outcome.score) == said


def test_the_time_and_the_id_are_the_records():
    outcome = outcome_from(LANGFUSE, {"thumbs"})
    assert (outcome.id, outcome.at.isoformat()) == ("s1", "2026-05-04T03:02:01+00:00")
    assert (
        outcome_from(OURS).id
        == outcome_from(dict(reversed(OURS.items()))).id
        != outcome_from({**OURS, "good": True}).id
    )


def test_a_score_counts_only_when_it_is_named_and_from_where_it_is_said():
    assert outcome_from(LANGFUSE) == "thumbs"
    assert outcome_from({**LANGFUSE, "value": 0.7}, {"thumbs"}, good_from=0.8).good is False


@pytest.mark.parametrize(
    ("record", "because"),
    [
        ({"good": True}, "neither a call nor a trace"),
        ({"call_id": "a", "good": "yes"}, "neither good nor"),
        (17, "neither"),
    ],
)
def test_what_is_no_judgement_is_said(record, because):
    with pytest.raises(InputError, match=because):
        outcome_from(record)


def test_importing_twice_adds_nothing_and_bad_lines_are_told(tmp_path):
    file = tmp_path / "feedback.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in (OURS, {}, LANGFUSE)) + "\n{broken\n")
    store = open_store("memory://")
    for _ in range(2):
        report = import_feedback(store, [file], names={"other"})
        assert (report.read, report.passed) == (1, {"thumbs": 1})
        assert [bad.line for bad in report.bad_lines] == [2, 4]
    assert len(list(store.iter_outcomes())) == 1
    with pytest.raises(InputError, match=r"feedback\.jsonl:2: it names neither"):
        import_feedback(store, [file], strict=True)
    store.close()


def test_on_the_command_line(tmp_path, capsys):
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    store = open_store(url)
    store.add_calls([make_call(id="c1")])
    store.close()
    file = tmp_path / "scores.json"
    file.write_text(json.dumps([OURS, LANGFUSE], indent=2))
    assert run(["feedback", str(file), "--store", url]) == 0
    out, err = capsys.readouterr()
    assert out == "1 judgement read\n"
    assert "thumbs (1); name those that are with --name" in err
    assert run(["feedback", str(file), "--store", url, "--name", "thumbs"]) == 0
    assert capsys.readouterr().out == "2 judgements read\n"
    store = open_store(url)
    assert [outcome.name for outcome in store.iter_outcomes()] == ["feedback", "thumbs"]
    store.close()
    file.write_text(json.dumps([LANGFUSE]))
    assert run(["feedback", str(file), "--store", url]) == 1
    assert "no line of the input is feedback" in capsys.readouterr().err


def test_what_names_no_known_call_is_counted_kept_and_said(tmp_path, capsys):
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    store = open_store(url)
    store.add_calls([make_call(id="c1", trace_id="t1")])
    file = tmp_path / "feedback.jsonl"
    names = [{"call_id": "c1"}, {"trace_id": "t1"}, {"trace_id": "t2"}, {"call_id": "c2"}]
    file.write_text("".join(json.dumps({**name, "good": False}) + "\n" for name in names))
    report = import_feedback(store, [file])
    assert (report.read, report.unknown) == (4, 2)
    assert len(list(store.iter_outcomes())) == 4
    store.close()
    assert run(["feedback", str(file), "--store", url]) == 0
    assert "2 of them name no call or trace that is in the store" in capsys.readouterr().err
