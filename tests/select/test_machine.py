"""The probe: it measures, remembers for the machine, and does without a place to remember."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from slm_instrument.analyze.embed import HUB_MODEL
from slm_instrument.hub import answers, cached, hub_reachable
from slm_instrument.select.available import Place, place_of
from slm_instrument.select.machine import known_speed, this_machine


def test_this_machine(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.free_memory > 0
    assert 0.1 < machine.speed.gflops < 10_000
    assert 0.1 < machine.speed.gigabytes < 10_000
    assert this_machine().speed == machine.speed
    assert (tmp_path / "slm_instrument" / "speed.json").is_file()


def test_speed_is_remembered_by_kind_of_machine(tmp_path):
    file = tmp_path / "speed.json"
    first = known_speed(file)
    (kind,) = json.loads(file.read_bytes())
    file.write_text(json.dumps({kind: {"gflops": 1.0, "gigabytes": 2.0}, "another": {"gflops": 5, "gigabytes": 6}}))
    again = known_speed(file)
    assert (again.gflops, again.gigabytes) == (1.0, 2.0)
    file.write_text("{")
    assert known_speed(file).gflops == pytest.approx(first.gflops, rel=0.9)


def test_a_place_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").write_text("")
    assert known_speed(tmp_path / "file" / "speed.json").gflops > 0


class TestHub:
    def test_a_server_that_answers_whatever_it_says(self):
        class Refusing(BaseHTTPRequestHandler):
            def do_HEAD(self):
                self.send_error(404)

            def log_message(self, *_):
                pass

        with HTTPServer(("127.0.0.1", 0), Refusing) as server:
            threading.Thread(target=server.handle_request, daemon=True).start()
            assert answers(f"http://127.0.0.1:{server.server_port}/")

    def test_no_server(self):
        with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
            address = f"http://127.0.0.1:{server.server_port}/"
        assert not answers(address)

    def test_offline_is_not_asked(self, monkeypatch):
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        hub_reachable.cache_clear()
        assert not hub_reachable()
        hub_reachable.cache_clear()

    def test_the_cache_of_the_hub(self, make_model, tmp_path, monkeypatch):
        constants = pytest.importorskip("huggingface_hub.constants")
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
        folder = tmp_path / "models--some--model"
        (folder / "snapshots" / "abc").mkdir(parents=True)
        (folder / "snapshots" / "abc" / "config.json").write_text("{}")
        (folder / "refs").mkdir()
        (folder / "refs" / "main").write_text("abc")
        place = place_of(make_model("some/model", path=None), lambda: False)
        assert place is not None
        assert place.here
        assert not cached("some/other")
        assert not cached("/a/folder")

    def test_a_copy_of_ones_own(self, make_model, tmp_path, monkeypatch):
        encoder = make_model(HUB_MODEL, path=None)
        monkeypatch.setenv("SLM_INSTRUMENT_ENCODER", str(tmp_path))
        assert place_of(encoder, lambda: False) == Place(str(tmp_path), here=True)
