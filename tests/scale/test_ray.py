"""The cluster: whom it listens to, what it leaves behind, workers that die, a store that they all read."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from slm_instrument.errors import ConfigError, EngineError
from slm_instrument.records import Call, Message
from slm_instrument.scale import LocalEngine
from slm_instrument.store import open_store
from slm_instrument.store.selecting import Selection


def reader(url):
    """What reads a span of calls: their ids and how long their prompts are."""

    def read(span):
        store = open_store(url, create=False)
        try:
            calls = store.iter_calls(Selection(after=span.after, until=span.until))
            return [(call.id, call.messages[-1].content, os.getpid()) for call in calls]
        finally:
            store.close()

    return read


def test_workers_read_the_spans_of_a_postgresql_store(postgresql, ray_engine):
    url = postgresql.new()
    store = open_store(url)
    calls = [
        Call(id=f"call-{n}", messages=(Message("user", f"Question {n}"),), response=Message("assistant", "Yes"))
        for n in range(300)
    ]
    store.add_calls(calls)
    spans = store.spans(size=20)
    store.close()

    alone, spread = (list(engine.map(reader(url), spans)) for engine in (LocalEngine(), ray_engine))

    rows = [row for part in spread for row in part]
    assert [row[:2] for row in rows] == [row[:2] for part in alone for row in part]
    assert [id for id, _, _ in rows] == [call.id for call in calls]
    assert os.getpid() not in {pid for _, _, pid in rows}


def test_a_worker_that_is_killed_loses_nothing(ray_engine, tmp_path):
    def work(number):
        attempt = tmp_path / f"attempt-{number}"
        if number == 3 and not attempt.exists():
            attempt.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    assert list(ray_engine.map(work, range(6))) == list(range(6))
    assert (tmp_path / "attempt-3").exists()


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2])
def test_work_that_kills_every_worker_is_given_up(ray_engine, capfd, count):
    def work(_):
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(EngineError, match="a worker died 4 times over the same work"):
        list(ray_engine.map(work, range(count)))
    assert capfd.readouterr().out == ""  # where a job may be writing JSON


@pytest.mark.slow
def test_workers_are_only_so_far_ahead(ray_engine, tmp_path):
    def work(number):
        (tmp_path / f"{number}").touch()
        return bytes(32 << 20)

    results = ray_engine.map(work, range(40))
    next(results)
    time.sleep(4)
    assert len(list(tmp_path.iterdir())) < 20
    results.close()


def test_the_cluster_listens_to_this_machine_only(ray_engine):
    import ray

    assert ray.get_runtime_context().gcs_address.startswith("127.0.0.1:")
    addresses = {node["NodeManagerAddress"] for node in ray.nodes()}
    assert addresses == {"127.0.0.1"}


def test_no_cluster_is_asked_of_a_number_of_workers_that_means_nothing():
    from slm_instrument.scale.ray import RayEngine

    with pytest.raises(ConfigError, match="workers is 0"):
        RayEngine(workers=0)


SCRIPT = """
import os, sys, time
from slm_instrument.scale import open_engine

def work(number):
    time.sleep(number)
    return number

with open_engine("ray") as engine:
    import ray
    print(ray.nodes()[0]["ObjectStoreSocketName"], flush=True)
    print(list(engine.map(work, [0, 0])), flush=True)
    if len(sys.argv) > 1:
        print(list(engine.map(work, [100, 100])))
print("RAY_AUTH_TOKEN" in os.environ)
"""


def run(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SCRIPT, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )


@pytest.mark.slow
def test_nothing_is_left_of_a_cluster_that_ends_with_the_job():
    with run() as process:
        said, complaints = process.communicate()
    socket, results, leaked = said.splitlines()
    assert (results, leaked, complaints) == ("[0, 0]", "False", "")
    assert "slm-ray-" in socket
    assert not Path(socket).parents[2].exists()


@pytest.mark.slow
def test_an_interrupt_ends_the_job_and_its_cluster():
    with run("wait") as process:
        socket = process.stdout.readline().strip()
        process.stdout.readline()
        time.sleep(1)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode != 0
    assert not Path(socket).parents[2].exists()


@pytest.mark.slow
def test_a_cluster_that_is_not_there_is_a_clear_error():
    with run(RAY_ADDRESS="127.0.0.1:1") as process:
        complaints = process.communicate()[1]
    assert "ConfigError: the Ray cluster at 127.0.0.1:1 cannot be joined" in complaints
