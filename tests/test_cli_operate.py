"""The commands of a running system: flags and their history, status again and again, what doctor says of tasks."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from slm_instrument import open_store
from slm_instrument.canonical import AnswerKind
from slm_instrument.cli import run
from slm_instrument.runtime.testing import write_fake_bundle
from slm_instrument.store import AnalysisRecord, BundleRecord, Mode, Task, Transition, Verdict

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def url(tmp_path):
    """A store with two tasks and a certified student of the first."""
    address = f"sqlite:///{tmp_path / 'calls.db'}"
    store = open_store(address)
    tasks = [Task(id=f"t{n}", name=name, kind=AnswerKind.CLOSED_SET) for n, name in enumerate(("intent", "letters"))]
    store.save_analysis(AnalysisRecord(id="a", started_at=NOW, calls=0), tasks, [])
    add_bundle(store, "b1")
    store.close()
    return address


def add_bundle(store, id, path="models/b1"):
    record = BundleRecord(
        id=id,
        task_id="t0",
        dataset_id=None,
        created_at=NOW,
        path=path,
        verdict=Verdict.CERTIFIED,
        manifest_sha256="0",
    )
    store.save_bundle(record)


def move(url, before, after, at=None, number=1, bundle="b1"):
    store = open_store(url)
    transition = Transition(
        at=at or datetime.now(UTC),
        task_id="t0",
        bundle_id=bundle,
        number=number,
        before=before,
        after=after,
        because="its agreement has fallen",
        numbers={"compared": 50},
    )
    store.add_transition(transition)
    store.close()


def listed(url, capsys, *command):
    capsys.readouterr()
    assert run([*command, "--store", url, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


class TestFlags:
    @pytest.mark.parametrize(
        ("options", "rate", "says"),
        [
            (["--mode", "canary"], 0.1, "intent: canary, students may answer 10 % of the traces\n"),
            (
                ["--mode", "canary", "--rate", "0.025"],
                0.025,
                "intent: canary, students may answer 2.5 % of the traces\n",
            ),
            (["--mode", "on"], 0.95, "intent: on, 5 % of the traces audited\n"),
            (["--mode", "on", "--rate", "1"], 1.0, "intent: on, 0 % of the traces audited\n"),
            (
                ["--mode", "auto"],
                0.95,
                "intent: auto, now in shadow: the LLM answers all traces, and students are compared; "
                "once it is on, 5 % of the traces are audited\n",
            ),
            (["--mode", "shadow"], 1.0, "intent: shadow\n"),
            (["--mode", "off"], 1.0, "intent: off\n"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_defaults_are_said(self, url, capsys, options, rate, says):
        assert run(["flags", "set", "intent", *options, "--store", url]) == 0
        assert capsys.readouterr() == (says, "")
        flag = next(flag for flag in listed(url, capsys, "flags")["flags"] if flag["task_id"] == "t0")
        assert (flag["mode"], flag["rate"]) == (options[1], pytest.approx(rate))

    @pytest.mark.parametrize("mode", ["off", "shadow"])
    def test_a_rate_where_none_makes_sense_is_refused_and_nothing_is_set(self, url, capsys, mode):
        assert run(["flags", "set", "intent", "--mode", mode, "--rate", "0.5", "--store", url]) == 2
        assert f"--rate 0.5: {mode} takes no rate" in capsys.readouterr().err
        assert listed(url, capsys, "flags", "history") == {"history": []}

    def test_a_rate_is_said_once(self, url, capsys):
        assert run(["flags", "set", "intent", "--mode", "on:0.9", "--rate", "0.5", "--store", url]) == 2
        assert "--mode on:0.9 says a rate already" in capsys.readouterr().err
        assert run(["flags", "set", "intent", "--mode", "on:0.9", "--store", url]) == 0
        assert capsys.readouterr().out == "intent: on, 10 % of the traces audited\n"

    def test_the_stage_is_what_evidence_says(self, url, capsys):
        assert run(["flags", "set", "intent", "--mode", "auto", "--store", url]) == 0
        assert run(["flags", "set", "letters", "--mode", "on", "--store", url]) == 0
        stages = {flag["name"]: flag["stage"] for flag in listed(url, capsys, "flags")["flags"]}
        assert stages == {"intent": "shadow", "letters": "off"}  # letters has no student
        assert run(["flags", "--store", url]) == 0
        (intent,) = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("intent")]
        assert intent[:5] == ["intent", "auto", "shadow", "0", "%"]
        move(url, Mode.SHADOW, Mode.CANARY)
        assert run(["flags", "set", "intent", "--mode", "auto", "--store", url]) == 0
        assert capsys.readouterr().out == (
            "intent: auto, now in canary: students may answer 10 % of the traces; "
            "once it is on, 5 % of the traces are audited\n"
        )
        assert run(["flags", "--store", url]) == 0
        (intent,) = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("intent")]
        assert intent[:5] == ["intent", "auto", "canary", "10", "%"]  # what holds in the stage, not what may come


class TestHistory:
    @pytest.fixture
    def changed(self, url, capsys):
        for command in (["set", "intent", "--mode", "on"], ["set", "letters", "--mode", "off"], ["kill"], ["revive"]):
            assert run(["flags", *command, "--store", url]) == 0
        move(url, Mode.ON, Mode.SHADOW)
        capsys.readouterr()
        return url

    def test_settings_and_moves_come_in_order_with_who_and_why(self, changed, capsys):
        history = listed(changed, capsys, "flags", "history")["history"]
        assert [row["name"] for row in history] == ["intent", "letters", "all tasks", "all tasks", "intent"]
        assert [row["kind"] for row in history] == ["setting"] * 4 + ["transition"]
        assert history[0]["by"] not in ("", "evidence")
        moved = history[-1]
        assert (moved["before"], moved["after"], moved["bundle"], moved["by"]) == ("on", "shadow", "b1", "evidence")
        assert (moved["because"], moved["numbers"]) == ("its agreement has fallen", {"compared": 50})
        assert [row["at"] for row in history] == sorted(row["at"] for row in history)

    def test_of_one_task_with_the_kill_switch_which_is_of_every_task(self, changed, capsys):
        history = listed(changed, capsys, "flags", "history", "letters")["history"]
        assert [(row["task_id"], row["mode"]) for row in history] == [("t1", "off"), ("*", "off"), ("*", "on")]

    def test_as_a_table(self, changed, capsys):
        assert run(["flags", "history", "--store", changed]) == 0
        out = capsys.readouterr().out
        for words in (
            "on, 5 % of the traces audited",
            "killed",
            "revived",
            "b1: on -> shadow",
            "its agreement has fallen",
        ):
            assert words in out

    def test_of_a_task_that_is_not_there(self, url, capsys):
        assert run(["flags", "history", "nothing", "--store", url]) == 1
        assert "there are: intent, letters" in capsys.readouterr().err


@pytest.mark.usefixtures("ctrl_c")
class TestStatus:
    def test_since_and_the_price_of_a_core_are_options(self, url, capsys):
        state = listed(url, capsys, "status", "--since", "24h", "--core-hour", "0.03")
        assert datetime.now(UTC) - datetime.fromisoformat(state["since"]) < timedelta(hours=25)
        assert run(["status", "--since", "yesterday", "--store", url]) == 2
        assert run(["status", "--core-hour", "cheap", "--store", url]) == 2
        assert "cheap" in capsys.readouterr().err.splitlines()[-1]

    def test_watched_in_a_pipe_each_state_is_a_line_of_json(self, url):
        with watching(url, "--json") as process:
            states = [json.loads(process.stdout.readline()) for _ in range(2)]
            set_mode(url, "canary")
            while states[-1]["tasks"][0]["mode"] != "canary":
                states.append(json.loads(process.stdout.readline()))
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=20) == 0
            assert process.stderr.read() == ""
        ats = [state["at"] for state in states]
        assert ats == sorted(set(ats))

    def test_a_store_that_cannot_be_read_is_a_remark_until_it_can(self, url, tmp_path):
        with watching(url, "--json") as process, closing(sqlite3.connect(tmp_path / "calls.db")) as database:
            process.stdout.readline()
            database.execute("ALTER TABLE observations RENAME TO lost")
            assert "the store cannot be read" in process.stderr.readline()
            database.execute("ALTER TABLE lost RENAME TO observations")
            assert json.loads(process.stdout.readline())["tasks"]
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=20) == 0

    @pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
    def test_on_a_terminal_the_screen_is_redrawn_and_the_last_state_stays(self, url):
        import pty

        ours, theirs = pty.openpty()
        environment = {**os.environ, "COLUMNS": "80", "LINES": "24", "TERM": "xterm"}
        with watching(url, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
            os.close(theirs)
            shown = read_until(ours, "intent", 2)
            process.send_signal(signal.SIGINT)
            shown += read_until(ours, "the end", 1)
            assert process.wait(timeout=20) == 0
        os.close(ours)
        assert "\x1b[?1049h" in shown  # the alternate screen, and
        assert "\x1b[?1049l" in shown  # back from it
        assert shown.rindex("intent") > shown.rindex("\x1b[?1049l")


@contextmanager
def watching(url, *options, **streams):
    """A process that shows the status again and again; it is ended when it says nothing for long."""
    command = [sys.executable, "-m", "slm_instrument", "status", "--watch", *options, "--store", url]
    streams = streams or {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **streams) as process:
        end = threading.Timer(60, process.kill)
        end.start()
        try:
            yield process
        finally:
            end.cancel()
            process.kill()


def set_mode(url, mode):
    assert run(["flags", "set", "intent", "--mode", mode, "--store", url]) == 0


def read_until(terminal, word, times):
    """What a terminal shows until a word has come so often, or the program has ended."""
    shown, end = "", time.monotonic() + 20
    while shown.count(word) < times:
        assert time.monotonic() < end, shown
        try:
            more = os.read(terminal, 65_536)
        except OSError:  # the terminal ends with the program
            more = b""
        if not more:
            break
        shown += more.decode()
    return shown


class TestDoctor:
    def checks(self, url, models, capsys):
        capsys.readouterr()
        status = run(["doctor", "--store", url, "--models", str(models), "--json"])
        found = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
        return status, {name: found[name] for name in found if name == "flags" or name.startswith("task ")}

    def test_tasks_that_are_off_are_no_news(self, url, tmp_path, capsys):
        set_mode(url, "off")
        assert self.checks(url, tmp_path, capsys) == (0, {})

    def test_a_mode_without_a_student_leaves_everything_to_the_llm(self, url, tmp_path, capsys):
        set_mode(url, "on")
        status, checks = self.checks(url, tmp_path / "models", capsys)
        assert (status, checks["task intent"]["health"]) == (0, "warning")
        assert "on by the store: the LLM answers, as no student is in" in checks["task intent"]["detail"]
        write_fake_bundle(tmp_path / "models", task_id="t0", task_name="intent", verdict=Verdict.INSUFFICIENT)
        _, checks = self.checks(url, tmp_path / "models", capsys)
        assert "not certified" in checks["task intent"]["detail"]

    def test_a_student_that_cannot_be_loaded_fails(self, url, tmp_path, capsys):
        set_mode(url, "auto")
        bundle = write_fake_bundle(tmp_path, task_id="t0", task_name="intent")
        status, checks = self.checks(url, tmp_path, capsys)
        assert (status, checks["task intent"]["health"]) == (1, "failed")
        assert f"student {bundle.manifest.id} cannot be loaded" in checks["task intent"]["detail"]

    def test_a_student_that_was_withdrawn_is_not_loaded(self, url, tmp_path, capsys):
        set_mode(url, "auto")
        bundle = write_fake_bundle(tmp_path, task_id="t0", task_name="intent")
        move(url, Mode.SHADOW, Mode.OFF, bundle=bundle.manifest.id)
        status, checks = self.checks(url, tmp_path, capsys)
        assert (status, checks["task intent"]["health"]) == (0, "warning")
        assert "evidence has withdrawn" in checks["task intent"]["detail"]

    def test_a_student_that_serves_is_loaded(self, trained, capsys):
        url = trained.store.url
        bundle = trained.store.bundles()[0]
        try:
            assert run(["flags", "set", "shop intent", "--mode", "on", "--store", url]) == 0
            _, checks = self.checks(url, trained.models, capsys)
            assert checks["task shop intent"]["health"] == "ok"
            assert f"on by the store: student {bundle.id} loads in " in checks["task shop intent"]["detail"]
        finally:
            assert run(["flags", "set", "shop intent", "--mode", "off", "--store", url]) == 0

    def test_the_environment_goes_before_the_store(self, url, tmp_path, capsys, monkeypatch):
        set_mode(url, "on")
        monkeypatch.setenv("SLM_INSTRUMENT_FLAGS", "intent=off,letters=shadow")
        _, checks = self.checks(url, tmp_path, capsys)
        assert list(checks) == ["task letters"]
        assert checks["task letters"]["detail"].startswith("shadow by the environment")
        monkeypatch.setenv("SLM_INSTRUMENT_FLAGS", "intent=sideways")
        status, checks = self.checks(url, tmp_path, capsys)
        assert (status, checks["flags"]["health"]) == (1, "failed")
        assert "sideways" in checks["flags"]["detail"]

    def test_a_name_stands_for_all_tasks_that_have_it_but_not_where_an_id_says_otherwise(
        self, url, tmp_path, capsys, monkeypatch
    ):
        store = open_store(url)
        tasks = [Task(id=f"t{n}", name="intent", kind=AnswerKind.CLOSED_SET) for n in range(3)]
        store.save_analysis(AnalysisRecord(id="b", started_at=NOW, calls=0), tasks, [])
        store.close()
        monkeypatch.setenv("SLM_INSTRUMENT_FLAGS", "t1=canary,intent=shadow,t2=off")
        _, checks = self.checks(url, tmp_path, capsys)
        modes = {name: check["detail"].partition(" ")[0] for name, check in checks.items()}
        assert modes == {"task intent (t0)": "shadow", "task intent (t1)": "canary"}

    def test_the_kill_switch_is_a_warning(self, url, tmp_path, capsys):
        assert run(["flags", "kill", "--store", url]) == 0
        status, checks = self.checks(url, tmp_path, capsys)
        assert (status, checks["flags"]["health"]) == (0, "warning")
        assert "the kill switch is thrown by the store" in checks["flags"]["detail"]
