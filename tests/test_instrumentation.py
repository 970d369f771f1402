"""One line at start-up, or none: what is installed is recorded when it is imported, once, until it is undone."""

import importlib
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import slm_instrument.instrumentation
from slm_instrument import Recorder, instrument, open_store

COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "small-1",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "shipping"}}],
    "usage": {"prompt_tokens": 11, "completion_tokens": 1, "total_tokens": 12},
}

ASK = """
import os
from openai import OpenAI
client = OpenAI(api_key="k", base_url=os.environ["SERVER"], max_retries=0)
assert client.chat.completions.create(
    model="small", messages=[{"role": "user", "content": "by the SDK"}]
).choices[0].message.content == "shipping"
"""
ASK_LANGCHAIN = """
import os
from langchain_openai import ChatOpenAI
model = ChatOpenAI(model="small", api_key="k", base_url=os.environ["SERVER"], max_retries=0)
assert model.invoke("by LangChain").content == "shipping"
"""


@pytest.fixture
def server():
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            body = json.dumps(COMPLETION).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def run(arguments, server, tmp_path, **environment):
    url = f"sqlite:///{tmp_path}/calls.db"
    environment = {"SERVER": server, "SLM_INSTRUMENT_STORE": url, "PATH": "/usr/bin:/bin", **environment}
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=90)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    store = open_store(url)
    calls = [(call.framework, call.messages[-1].content, call.response.content) for call in store.iter_calls()]
    store.close()
    return calls


def test_every_library_is_recorded_and_a_call_that_two_of_them_see_is_recorded_once(server, tmp_path):
    program = "from slm_instrument import instrument; instrument()" + ASK_LANGCHAIN + ASK
    calls = run(["-c", program], server, tmp_path)
    assert calls == [("langchain", "by LangChain", "shipping"), ("openai", "by the SDK", "shipping")]


def test_libraries_imported_before_are_recorded_too_and_nothing_is_after_undo(server, tmp_path):
    program = (
        "import openai, langchain_core\nfrom slm_instrument import instrument\n"
        f"recording = instrument()\n{ASK}\nassert {{'langchain_core', 'openai'}} <= set(recording.active)\n"
        f"recording.undo()\n{ASK}\nassert recording.active == ()"
    )
    assert run(["-c", program], server, tmp_path) == [("openai", "by the SDK", "shipping")]


def test_a_program_that_cannot_be_edited_is_recorded_from_outside(server, tmp_path):
    (tmp_path / "agent.py").write_text(ASK)
    arguments = ["-m", "slm_instrument", "run", sys.executable, str(tmp_path / "agent.py")]
    assert run(arguments, server, tmp_path) == [("openai", "by the SDK", "shipping")]


def test_a_sitecustomize_that_is_there_already_is_run_too(server, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "sitecustomize.py").write_text("import builtins; builtins.own_was_run = True")
    (tmp_path / "agent.py").write_text("assert own_was_run\n" + ASK)
    arguments = ["-m", "slm_instrument", "run", sys.executable, str(tmp_path / "agent.py")]
    calls = run(arguments, server, tmp_path, PYTHONPATH=str(tmp_path / "own"))
    assert calls == [("openai", "by the SDK", "shipping")]


def test_a_process_that_imports_none_of_the_libraries_loads_none():
    program = (
        "import sys; from slm_instrument import instrument; recording = instrument('memory://')\n"
        "assert not {'openai', 'langchain_core', 'opentelemetry.sdk'} & sys.modules.keys(), 'loaded'\n"
        "assert recording.active == ()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_store_named_relative_to_here_is_the_same_for_processes_that_run_elsewhere(tmp_path):
    program = "import os; print(os.environ['SLM_INSTRUMENT_STORE'])"
    arguments = ["-m", "slm_instrument", "run", "--store", "sqlite:///calls.db", sys.executable, "-c", program]
    done = subprocess.run([sys.executable, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, f"sqlite:///{tmp_path}/calls.db\n")


def test_a_bad_setting_stops_no_program_that_is_run_from_outside(server, tmp_path):
    (tmp_path / "agent.py").write_text(ASK)
    command = [sys.executable, "-m", "slm_instrument", "run", sys.executable, str(tmp_path / "agent.py")]
    environment = {"SERVER": server, "SLM_INSTRUMENT_STORE": "no address", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stderr == (
        "slm_instrument: nothing is recorded: ConfigError: 'no address' is no store address; one looks like "
        "sqlite:///calls.db\n"
    )


def test_it_is_on_once_and_an_integration_that_fails_is_said_and_passed_over(monkeypatch, caplog):
    class Broken:
        name = "json"  # of the standard library, so that it is turned on at once

        def load(self):
            raise ImportError("of another version")

    monkeypatch.setattr(slm_instrument.instrumentation, "entry_points", lambda group: [Broken()])
    recorder = Recorder("memory://")
    with instrument(recorder) as recording:
        assert instrument("memory://") is recording
        assert recording.recorder is recorder
        assert recording.active == ()
    assert len([record for record in caplog.records if "json cannot be recorded" in record.getMessage()]) == 1
    assert recorder.stats().submitted == 0
    recorder.close()


def test_threads_that_import_two_libraries_at_once_do_not_wait_for_each_other(monkeypatch, tmp_path):
    outer_loads, inner_is_imported = threading.Event(), threading.Event()

    class Outer:
        name = "recorded_outer"

        def load(self):
            outer_loads.set()
            inner_is_imported.wait(10)
            import recorded_inner  # as an integration imports what its library imports

            return lambda recorder: recorded_inner.undo

    class Inner:
        name = "recorded_inner"

        def load(self):
            return lambda recorder: lambda: None

    monkeypatch.setattr(slm_instrument.instrumentation, "entry_points", lambda group: [Outer(), Inner()])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "outer_loads", outer_loads, raising=False)
    monkeypatch.setattr(sys, "inner_is_imported", inner_is_imported, raising=False)
    (tmp_path / "recorded_outer.py").write_text("")
    (tmp_path / "recorded_inner.py").write_text(
        "import sys, time\nsys.outer_loads.wait(10); sys.inner_is_imported.set(); time.sleep(0.1)\ndef undo(): pass\n"
    )
    with instrument("memory://") as recording:
        threads = [
            threading.Thread(target=importlib.import_module, args=(integration.name,), daemon=True)
            for integration in (Outer, Inner)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert not any(thread.is_alive() for thread in threads), "they wait for each other"
        assert recording.active == ("recorded_inner", "recorded_outer")


def test_an_address_where_a_recorder_is_needed_is_told_at_once():
    from openai import OpenAI

    from slm_instrument_langchain import SlmCallbackHandler
    from slm_instrument_openai import wrap_openai
    from slm_instrument_otel import SlmSpanProcessor

    client = OpenAI(api_key="k")
    for make in (SlmCallbackHandler, SlmSpanProcessor, lambda given: wrap_openai(client, given)):
        with pytest.raises(TypeError, match="a Recorder is needed here, not 'sqlite:"):
            make("sqlite:///calls.db")
    client.close()


def test_a_setting_of_the_environment_that_means_nothing_stops_no_application(monkeypatch, caplog):
    from slm_instrument import instrument
    from slm_instrument.errors import ConfigError

    for name, value in {"SLM_INSTRUMENT_STORE": "foo", "SLM_INSTRUMENT_QUEUE": "many"}.items():
        monkeypatch.setenv(name, value)
        with instrument() as recording:
            assert (recording.recorder, recording.active) == (None, ())
        monkeypatch.delenv(name)
    assert [each.levelname for each in caplog.records] == ["ERROR", "ERROR"]
    assert "nothing is recorded" in caplog.text
    with pytest.raises(ConfigError):
        instrument("foo")
