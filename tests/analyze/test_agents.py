"""The made applications that the analysis is measured on: what makes their labels worth measuring against."""

import json
import subprocess
import sys
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest

from benchmarks import agents, agents_held_out
from slm_instrument.interchange.native import call_from_native, call_to_native

AGENTS = {**agents.AGENTS, **agents_held_out.AGENTS}
FEW = 6  # runs


@cache
def made(name, traces=None, seed=0):
    return tuple(AGENTS[name](seed=seed, **({} if traces is None else {"traces": traces})))


@pytest.fixture(scope="module", autouse=True)
def forgotten_afterwards():
    yield
    made.cache_clear()  # tens of thousands of calls


def prompts(calls):
    return {json.dumps([message.to_openai() for message in call.messages]) for call, _ in calls}


@pytest.mark.parametrize("name", AGENTS)
class TestApplication:
    def test_the_same_seed_gives_the_same_calls(self, name):
        assert tuple(AGENTS[name](seed=3, traces=FEW)) == tuple(AGENTS[name](seed=3, traces=FEW))

    def test_another_seed_gives_other_calls(self, name):
        one, other = prompts(made(name, FEW, seed=1)), prompts(made(name, FEW, seed=2))
        assert len(one & other) < 0.05 * len(one)

    def test_the_label_is_nowhere_in_the_call(self, name):
        for call, task in made(name, FEW):
            assert not call.labels
            assert "_" not in task or task not in json.dumps(call_to_native(call))

    def test_a_call_survives_the_native_form(self, name):
        for call, _ in made(name, 2):
            assert call_from_native(json.loads(json.dumps(call_to_native(call)))) == call

    def test_ids_are_unique_and_a_run_goes_forward_in_time(self, name):
        calls = [call for call, _ in made(name, FEW)]
        assert len({call.id for call in calls}) == len(calls)
        assert len({call.trace_id for call in calls}) == FEW
        for earlier, later in pairwise(calls):
            if earlier.trace_id == later.trace_id and earlier.started_at:
                assert earlier.call_index < later.call_index
                assert earlier.started_at < later.started_at

    def test_it_is_of_a_size_to_measure_on(self, name):
        counts = Counter(task for _, task in made(name))
        one_offs = [task for task in counts if task.startswith("oneoff-")]
        assert 300 <= counts.total() <= 2_500
        assert 4 <= len(counts) - len(one_offs) <= 25
        assert all(counts[task] == 1 for task in one_offs)
        assert 0.005 <= len(one_offs) / counts.total() <= 0.06

    def test_prompts_vary(self, name):
        """Repeated prompts exist, as in life, but are not what an application is made of."""
        assert len(prompts(made(name))) > 0.8 * len(made(name))


def test_rare_tasks_stand_beside_frequent_ones():
    rare = 0
    for name in AGENTS:
        counts = Counter(task for _, task in made(name) if not task.startswith("oneoff-"))
        rare += min(counts.values()) <= 20 and max(counts.values()) >= 100
    assert rare >= 8


def test_calls_are_printed_with_their_label_as_native_lines():
    command = [sys.executable, "-m", "benchmarks.agents", "judge", "--traces", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["task"] for line in lines] == [task for _, task in made("judge", 2)]
    assert [call_from_native(line).messages for line in lines] == [call.messages for call, _ in made("judge", 2)]
