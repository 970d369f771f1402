"""Logs in and out on the command line."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from slm_instrument import open_store
from slm_instrument.cli import run
from slm_instrument.interchange import FORMATS
from slm_instrument.testing import make_call

RUN = {
    "id": "r1",
    "run_type": "llm",
    "inputs": {"messages": [{"role": "user", "content": "Hi"}]},
    "outputs": {"output": "Hello"},
    "extra": {"metadata": {"langgraph_node": "chat_reply"}},
}


@pytest.fixture
def runs(tmp_path):
    file = tmp_path / "runs.json"
    file.write_text(json.dumps([RUN, {**RUN, "id": "r2", "run_type": "tool"}, {"broken": True}], indent=2))
    return str(file)


@pytest.fixture
def url(tmp_path):
    """A store with an agent's call and one that talks to a person."""
    address = f"sqlite:///{tmp_path / 'calls.db'}"
    store = open_store(address)
    store.add_calls([make_call(id="c1"), make_call(id="c2", agent="concierge", audience="human")])
    store.close()
    return address


def stored(url):
    store = open_store(url)
    calls = list(store.iter_calls())
    store.close()
    return calls


def test_import_says_what_it_passed_over(runs, tmp_path, capsys):
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert run(["import", runs, "--format", "langsmith", "--store", url]) == 0
    out, err = capsys.readouterr()
    assert out == "1 call read, 1 added, 0 already there, 1 bad line skipped, 1 other record passed over\n"
    assert err == "skipped runs.json:42: not a run of LangSmith: no id or run_type\n"
    assert [call.audience for call in stored(url)] == ["agent"]


def test_auto_says_what_it_took_the_records_for(runs, tmp_path, capsys):
    assert run(["import", runs, "--format", "auto", "--store", f"sqlite:///{tmp_path / 'new.db'}"]) == 0
    assert "read as langsmith\n" in capsys.readouterr().err


def test_human_marks_calls_by_agent_or_label(runs, tmp_path, capsys):
    url = f"sqlite:///{tmp_path / 'new.db'}"
    patterns = ["--human", "nobody", "--human", "node=chat_*"]
    assert run(["import", runs, "--format", "langsmith", "--store", url, *patterns]) == 0
    assert [call.audience for call in stored(url)] == ["human"]
    assert run(["import", runs, "--store", url, "--human", "=x"]) == 2
    assert "is no pattern" in capsys.readouterr().err


def test_a_file_of_another_format_is_met_with_a_hint(runs, tmp_path, capsys):
    assert run(["import", runs, "--store", f"sqlite:///{tmp_path / 'new.db'}"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "error: no line of the input is a call; is it of another --format?"
    )


def test_every_format_is_named_in_the_help(capsys):
    assert run(["import", "--help"]) == 0
    said = capsys.readouterr().out
    assert [name for name in FORMATS if name not in said] == []


def test_an_unknown_format_is_wrong_use_and_leaves_no_database_behind(runs, tmp_path, capsys):
    assert run(["analyze", runs, "--format", "xml"]) == 2
    assert run(["import", runs, "--format", "xml", "--store", f"sqlite:///{tmp_path / 'new.db'}"]) == 2
    assert capsys.readouterr().err.count("error: unknown format 'xml'; there are: native") == 2
    assert not (tmp_path / "new.db").exists()


UNSEEN = "3 texts of the store were not looked through for names: `slm-instrument redact` does that"


@pytest.mark.parametrize("where", [[], ["--out", "-"]], ids=" ".join)
def test_export_goes_to_stdout(where, url, capsys):
    assert run(["export", "--store", url, *where]) == 0
    out, err = capsys.readouterr()
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["c1", "c2"]
    assert err.splitlines() == [UNSEEN, "2 calls written"]


def test_export_goes_into_a_file(url, tmp_path, capsys):
    file = tmp_path / "examples.jsonl.gz"
    assert run(["export", "--format", "openai", "--store", url, "--out", str(file)]) == 0
    assert capsys.readouterr() == ("", f"{UNSEEN}\n1 call written; left out: 1 talking to a person\n")
    assert run(["export", "--format", "openai", "--store", url, "--out", str(file), "--include-human"]) == 0
    assert capsys.readouterr().err == f"{UNSEEN}\n2 calls written\n"


def test_export_of_a_split_is_what_a_training_would_use(tmp_path, capsys, make_calls, make_task, put_calls):
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    calls = list(make_calls(320))
    put_calls(open_store(url), make_task(), [*calls, *(replace(call, id=f"again-{call.id}") for call in calls)]).close()
    exported = {}
    for split in ("training", "calibration", "training"):
        assert run(["export", "shop intent", "--format", "openai", "--split", split, "--store", url]) == 0
        out, err = capsys.readouterr()
        assert "version 1 of the task's dataset: " in err
        exported[split] = [json.loads(line)["messages"] for line in out.splitlines()]
    asked = {split: [messages[1]["content"] for messages in held] for split, held in exported.items()}
    assert len(asked["calibration"]) > 60
    assert len(asked["training"]) == len(set(asked["training"])) > 100
    assert not set(asked["training"]) & set(asked["calibration"])
    assert all(messages[-1]["role"] == "assistant" for messages in exported["training"])


def test_a_split_is_of_a_task(url, capsys):
    assert run(["export", "--format", "openai", "--split", "test", "--store", url]) == 2
    assert "--split needs a TASK" in capsys.readouterr().err


def test_what_was_exported_can_be_imported_again(url, tmp_path, capsys):
    file = str(tmp_path / "calls.jsonl.zst")
    assert run(["export", "--format", "native", "--store", url, "--out", file]) == 0
    assert run(["import", file, "--store", url]) == 0
    assert "2 calls read, 0 added, 2 already there" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["export", "--format", "xml", "--store", "URL"], 2, "'xml' is not one of"),
        (["export", "nothing", "--format", "native", "--store", "URL"], 1, "error: "),
        (["export", "--format", "native", "--store", "URL", "--out", "TMP/no/such/folder.jsonl"], 1, "cannot write"),
        (["export", "--format", "native", "--store", "sqlite:///TMP/missing.db"], 1, "no such database"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_trouble_is_told_clearly(arguments, status, says, url, tmp_path, capsys):
    assert run([each.replace("URL", url).replace("TMP", str(tmp_path)) for each in arguments]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert "Traceback" not in err


def test_a_reader_that_stops_early_hears_no_complaint(url):
    store = open_store(url)
    store.add_calls([make_call("word " * 1000 + str(n)) for n in range(200)])  # more than a pipe holds
    store.close()
    command = [sys.executable, "-m", "slm_instrument", "export", "--format", "native", "--store", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
