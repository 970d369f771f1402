"""The command line: results on stdout, one clear line on stderr when something is wrong, the right exit status."""

import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from slm_instrument import Call, Message, open_store
from slm_instrument.canonical import AnswerKind
from slm_instrument.cli import run, without_debug
from slm_instrument.store import AnalysisRecord, BundleRecord, Note, Task, Verdict
from slm_instrument.template import SLOT, Pattern, Template


def line(text, answer="yes", **fields):
    messages = [{"role": "system", "content": "Say yes or no."}, {"role": "user", "content": text}]
    return json.dumps({"messages": messages, "response": {"role": "assistant", "content": answer}, **fields}) + "\n"


@pytest.fixture
def log(tmp_path):
    file = tmp_path / "calls.jsonl"
    file.write_text("".join(line(f"question {n}", trace_id=str(n)) for n in range(3)))
    return file


@pytest.fixture
def url(tmp_path):
    """A store with one call and one task."""
    address = f"sqlite:///{tmp_path / 'calls.db'}"
    store = open_store(address)
    messages = (Message("system", "Say yes or no."), Message("user", "x"))
    store.add_calls([Call(id="c1", messages=messages, response=Message("assistant", "yes"), duration_ms=100.0)])
    template = Template(Pattern(("Say yes or no.",)), Pattern(()), Pattern((SLOT,)))
    task = Task(id="t1", name="say-yes", kind=AnswerKind.CLOSED_SET, templates=(template,), calls=1, cost_usd=0.5)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    store.save_analysis(AnalysisRecord(id="a1", started_at=now, calls=1), [task], [Note(call_id="c1", task_id="t1")])
    store.close()
    return address


def test_import_counts_what_it_did_and_reports_bad_lines(log, tmp_path, capsys):
    with log.open("a") as file:
        file.write("{broken\n" + line("question 0", trace_id="0"))
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert run(["import", str(log), "--store", url]) == 0
    out, err = capsys.readouterr()
    assert out == "4 calls read, 3 added, 1 already there, 1 bad line skipped\n"
    assert err.startswith("skipped ")
    assert "calls.jsonl:4:" in err
    assert run(["import", str(log), "--store", url, "--strict"]) == 1
    assert "calls.jsonl:4:" in capsys.readouterr().err


def test_the_store_comes_from_the_environment(url, monkeypatch, capsys):
    monkeypatch.setenv("SLM_INSTRUMENT_STORE", url)
    assert run(["assignments"]) == 0
    assert json.loads(capsys.readouterr().out) == {"call_id": "c1", "task_id": "t1"}


def test_tasks_as_a_table_and_as_json(url, capsys):
    assert run(["tasks", "--store", url]) == 0
    assert "say-yes" in capsys.readouterr().out
    assert run(["tasks", "--store", url, "--json"]) == 0
    (task,) = json.loads(capsys.readouterr().out)["tasks"]
    assert {"id", "name", "kind", "calls", "tokens", "cost_usd", "replaceable"} <= task.keys()
    assert (task["id"], task["name"], task["kind"]) == ("t1", "say-yes", "closed_set")


def test_flags_are_set_by_name_listed_killed_and_revived(url, capsys):
    assert run(["flags", "set", "say-yes", "--mode", "shadow", "--store", url]) == 0
    assert "no certified student" in capsys.readouterr().err
    assert run(["flags", "--store", url, "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert not listed["killed"]
    assert [(flag["task_id"], flag["name"], flag["mode"]) for flag in listed["flags"]] == [("t1", "say-yes", "shadow")]
    assert run(["flags", "kill", "--store", url]) == 0
    assert run(["flags", "--store", url]) == 0
    assert "killed" in capsys.readouterr().out
    assert run(["flags", "revive", "--store", url]) == 0
    capsys.readouterr()
    assert run(["flags", "--store", url, "--json"]) == 0
    assert not json.loads(capsys.readouterr().out)["killed"]


def test_status_counts_who_answered_and_what_that_saved(url, capsys):
    store = open_store(url)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    store.save_bundle(
        BundleRecord(
            id="b1",
            task_id="t1",
            dataset_id=None,
            created_at=now,
            path="models/b1",
            verdict=Verdict.CERTIFIED,
            manifest_sha256="0",
        )
    )
    store.add_calls([Call(id=f"s{n}", served_by="slm:b1", duration_ms=2.0) for n in range(4)])
    store.close()
    assert run(["status", "--store", url, "--json"]) == 0
    (task,) = json.loads(capsys.readouterr().out)["tasks"]
    assert (task["bundle"], task["verdict"], task["mode"]) == ("b1", "CERTIFIED", "off")
    assert (task["llm_calls"], task["slm_calls"], task["llm_ms"], task["slm_ms"]) == (1, 4, 100.0, 2.0)
    assert task["saved_usd"] == pytest.approx(2.0)  # less four times 2 ms of a core
    assert run(["status", "--store", url]) == 0
    assert "say-yes" in capsys.readouterr().out


def test_doctor_looks_at_everything_and_fails_when_something_is_broken(url, tmp_path, capsys):
    models = tmp_path / "models"
    assert run(["doctor", "--store", url, "--models", str(models), "--json"]) == 0
    health = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert health["execution provider"]["detail"].startswith("a session gets ")
    assert [health[f"[{name}]"]["health"] for name in ("langchain", "openai", "otel")] == ["ok"] * 3
    assert health["store"]["health"] == "ok"
    assert "1 call, 1 task" in health["store"]["detail"]
    (models / "broken").mkdir(parents=True)
    (models / "broken" / "manifest.json").write_text("{")
    assert run(["doctor", "--store", url, "--models", str(models)]) == 1
    assert "broken" in capsys.readouterr().out


def test_db_upgrade_says_from_where_to_where(url, capsys):
    assert run(["db", "upgrade", "--store", url]) == 0
    assert capsys.readouterr().out == "schema 0005 -> 0005\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["import"],
        ["import", "no/such/file.jsonl"],
        ["import", "LOG", "--format", "nonsense", "--store", "memory://"],
        ["analyze", "LOG", "--store", "memory://"],
        ["analyze", "--min-calls", "0"],
        ["train"],
        ["train", "t1", "--student", "wizard"],
        ["train", "t1", "--target", "2"],
        ["replay", "LOG"],
        ["replay", "LOG", "--models", "no/such/folder"],
        ["flags", "set", "say-yes", "--store", "URL"],
        ["flags", "set", "say-yes", "--mode", "sideways", "--store", "URL"],
        ["flags", "set", "say-yes", "--mode", "shadow", "--rate", "0.5", "--store", "URL"],
        ["flags", "history", "--since", "24h", "--store", "URL"],
        ["status", "--since", "yesterday", "--store", "URL"],
        ["flags", "set", "say-yes", "--mode", "canary", "--rate", "7", "--store", "URL"],
        ["tasks", "--store", "nonsense"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_exit_status_2(arguments, log, url, capsys):
    arguments = [{"LOG": str(log), "URL": url}.get(argument, argument) for argument in arguments]
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert err.strip()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["analyze", "--store", "EMPTY"], "no calls"),
        (["tasks", "--store", "MISSING"], "no such database"),
        (["train", "nothing", "--store", "URL"], "there are: say-yes"),
        (["train", "t1", "--store", "URL", "--out", "TMP/models"], "say-yes"),
        (["train", "anything", "--store", "EMPTY"], "nothing has been analysed"),
        (["flags", "set", "nothing", "--mode", "on", "--store", "URL"], "there are: say-yes"),
        (["import", "JUNK", "--store", "EMPTY"], "no line of the input is a call"),
        (["analyze", "JUNK"], "no line of the input is a call"),
        (["tasks", "--store", "sqlite:///JUNK"], "not a database"),
        (["replay", "--store", "EMPTY", "--models", "TMP"], "no bundle there"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_job_that_cannot_be_done_is_exit_status_1_and_one_line(arguments, says, url, tmp_path, capsys):
    (tmp_path / "junk.txt").write_text("this is not a log, " * 20 + "\n")
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    open_store(empty).close()
    names = {
        "EMPTY": empty,
        "URL": url,
        "MISSING": f"sqlite:///{tmp_path / 'missing.db'}",
        "JUNK": str(tmp_path / "junk.txt"),
        "TMP": str(tmp_path),
    }
    for name, value in names.items():
        arguments = [argument.replace(name, value) if name in argument else argument for argument in arguments]
    assert run(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    error = err.splitlines()[-1]
    assert error.startswith("error: ")
    assert says in error


def test_a_fault_of_our_own_is_one_line_and_with_debug_a_traceback(url):
    code = (
        "import sys; import slm_instrument.runtime.status as s\n"
        "def broken(store, **options): raise RuntimeError('a bug')\n"
        "s.status = broken\n"
        "from slm_instrument.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "status", "--store", url]
    plain = subprocess.run(command, capture_output=True, text=True, check=False)
    assert plain.returncode == 1
    assert plain.stderr == "error: unexpected RuntimeError: a bug (run with --debug for the traceback)\n"
    debug = subprocess.run([*command, "--debug"], capture_output=True, text=True, check=False)
    assert debug.returncode == 1
    assert "Traceback" in debug.stderr


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (["status", "--debug"], ["status"]),
        (["--debug", "tasks"], ["tasks"]),
        (["--debug", "run", "flask", "--debug"], ["run", "flask", "--debug"]),
        (["train", "run", "--debug"], ["train", "run"]),
        (["--debug"], []),
        ([], []),
    ],
)
def test_the_debug_option_of_a_program_that_is_run_stays_with_it(given, left):
    assert without_debug(given) == left


def test_an_option_that_run_does_not_know_is_not_taken_for_a_program(capsys):
    assert run(["run", "--nonsense", "python", "agent.py"]) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "--nonsense" in error
    assert "program" not in error


def test_a_reader_that_stops_early_hears_no_complaint(url):
    with subprocess.Popen(
        [sys.executable, "-m", "slm_instrument", "assignments", "--store", url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
