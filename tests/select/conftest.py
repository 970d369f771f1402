import pytest

from slm_instrument.canonical import AnswerKind
from slm_instrument.select import Machine, Model, Speed, TaskFacts

GIGABYTE = 1_000_000_000


@pytest.fixture
def machine():
    """The one on which the predictions' figures were measured."""
    return Machine(cores=2, free_memory=12 * GIGABYTE, speed=Speed(93.0, 21.0))


@pytest.fixture
def make_facts():
    def make(prompt=100, answer=20, **changed):
        values = {
            "task": "a task",
            "kind": AnswerKind.JSON,
            "calls": 2_000,
            "inputs": 1_500,
            "recurring": 0.5,
            "closed": False,
            "prompt_tokens": [prompt],
            "answer_tokens": [answer],
            "latency_ms": None,
        }
        return TaskFacts(**values | changed)

    return make


@pytest.fixture
def make_model(tmp_path):
    """Models that lie in a folder, so that none has to be looked for."""

    def make(name="small", family="encoder", **changed):
        values = {
            "name": name,
            "family": family,
            "licence": "mit",
            "parameters": 22_713_216,
            "context": 512,
            "hidden": 384,
            "layers": 6,
            "vocabulary": 30_522,
            "path": str(tmp_path),
        }
        if family == "decoder":
            values |= {"parameters": 134_515_008, "context": 8_192, "hidden": 576, "layers": 30}
            values |= {"vocabulary": 49_152, "kv_heads": 3, "head_dim": 64}
        return Model(**values | changed)

    return make
