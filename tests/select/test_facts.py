"""What is measured of a task's calls, and the command that chooses by it."""

import json
from contextlib import closing

import pytest
from click.testing import CliRunner

from slm_instrument.canonical import AnswerKind
from slm_instrument.cli import run
from slm_instrument.cli.selecting import models
from slm_instrument.curate.sample import Sample
from slm_instrument.errors import ConfigError, NotEnoughDataError
from slm_instrument.records import Message
from slm_instrument.select import Policy, facts_from, facts_of
from slm_instrument.store import Task, open_store

TASK = Task(id="t", name="a task", kind=AnswerKind.SHORT_TEXT, calls=12, latency_ms=900.0)


def samples(*pairs):
    return [Sample(str(at), text, label, Message("assistant", label)) for at, (text, label) in enumerate(pairs)]


def words(texts):
    return [len(text.split()) for text in texts]


def test_inputs_count_once():
    facts = facts_from(TASK, samples(("a b", "x"), ("a b", "x"), ("c", "x"), ("d e f", "y")), words)
    assert (facts.inputs, facts.calls, facts.latency_ms) == (3, 12, 900.0)
    assert facts.prompt_tokens == [1, 2, 3]
    assert facts.recurring == pytest.approx(2 / 3)
    assert not facts.closed


def test_a_closed_set():
    pairs = [(f"input {at}", ("yes", "no")[at % 2]) for at in range(10)]
    assert facts_from(TASK, samples(*pairs), words).closed
    assert not facts_from(TASK, samples(*((text, text) for text, _ in pairs)), words).closed


def test_quantiles():
    facts = facts_from(TASK, samples(*((f"{'w ' * at}{at}", str(at)) for at in range(100))), words)
    assert (facts.prompt(0), facts.prompt(0.5), facts.prompt(0.99), facts.prompt(1)) == (1, 51, 100, 100)
    assert facts.answer(0.5) == 1


def test_tokens_are_the_default_encoders():
    facts = facts_from(TASK, samples(("one two three", "ok")))
    assert facts.prompt_tokens == [5]  # with the marks of beginning and end


@pytest.fixture
def url(tmp_path, make_calls, make_task, put_calls):
    address = f"sqlite:///{tmp_path}/calls.db"
    with closing(open_store(address)) as store:
        put_calls(store, make_task(), make_calls(60))
    return address


def test_the_calls_of_a_store(url):
    with closing(open_store(url)) as store:
        facts = facts_of(store, store.find_task("shop intent"))
    assert facts.closed
    assert 30 < facts.inputs <= 60
    assert 5 < facts.prompt(0.5) < 30


def test_a_task_without_calls(tmp_path, make_task):
    address = f"sqlite:///{tmp_path}/calls.db"
    with closing(open_store(address)) as store, pytest.raises(NotEnoughDataError, match="shop intent"):
        facts_of(store, make_task())


class TestCommand:
    @pytest.fixture(autouse=True)
    def offline(self, monkeypatch, tmp_path):
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.delenv("SLM_INSTRUMENT_MODELS", raising=False)

    def test_a_choice_for_a_task(self, url):
        ran = CliRunner().invoke(models, ["shop intent", "--store", url, "--json"])
        assert ran.exit_code == 0, ran.output
        values = json.loads(ran.stdout)
        assert [each["student"] for each in values["candidates"]] == ["nearest", "classifier"]
        assert {each["model"] for each in values["rejected"]} >= {None, "google/gemma-3-270m-it"}
        assert CliRunner().invoke(models, ["shop intent", "--store", url]).exit_code == 0
        with closing(open_store(url)) as store:
            assert [record.action for record in store.audit()] == ["models", "models"]

    def test_a_licence_that_there_is_not_is_refused(self, url):
        assert run(["models", "shop intent", "--store", url, "--allow-licence", "bogus"]) == 2
        with pytest.raises(ConfigError, match=r"there is no such licence; a kind \(permissive, .*known: .*gemma"):
            Policy.of(["Gemma", "bogus"], memory_mb=None, latency_ms=None, minutes=1.0, precision="int8")

    def test_options_reach_the_policy(self, url):
        options = ["--allow-licence", "Gemma", "--memory-mb", "50", "--latency-ms", "7", "--budget-minutes", "3"]
        ran = CliRunner().invoke(models, ["shop intent", "--store", url, "--json", *options])
        values = json.loads(ran.stdout)
        assert values["policy"] == {
            "licences": ["gemma", "permissive"],
            "memory_bytes": 50_000_000,
            "latency_ms": 7.0,
            "budget_minutes": 3.0,
            "precision": "int8",
        }
        assert not values["candidates"]

    def test_the_catalogue_needs_no_store(self, tmp_path, monkeypatch):
        file = tmp_path / "models.toml"
        file.write_text(
            '[[models]]\nname = "ours"\nfamily = "encoder"\nparameters = 9\ncontext = 9\nhidden = 9\nlayers = 9\n'
            "vocabulary = 9\n"
        )
        monkeypatch.setenv("SLM_INSTRUMENT_MODELS", str(file))
        ran = CliRunner().invoke(models, ["--json"])
        assert ran.exit_code == 0, ran.output
        assert json.loads(ran.stdout)["models"][0]["name"] == "ours"
