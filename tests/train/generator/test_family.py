"""From recorded calls to a bundle that answers, with the tiny model; what it answers is of no worth."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from slm_instrument.errors import ConfigError
from slm_instrument.progress import Progress
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.specs import ADAPTER, GeneratorSpec
from slm_instrument.runtime.student import load_student
from slm_instrument.store import open_store
from slm_instrument.train import train
from slm_instrument.train.family import Job, Method, Options
from slm_instrument.train.generator import FEW_SHOT, GENERATOR
from slm_instrument.train.generator.base_lm import BaseLM
from slm_instrument.train.result import TrainResult

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="made for a CPU")


@dataclass(frozen=True)
class Made:
    models: Path
    result: TrainResult
    progress: list[Progress]


@pytest.fixture(scope="module")
def store(make_task: Any, make_calls: Any, put_calls: Any) -> Any:
    return put_calls(open_store("memory://"), make_task(), make_calls(300))


@pytest.fixture(scope="module")
def made(store: Any, tiny: BaseLM, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A student of one epoch, with an adapter on the tiny model."""
    models = tmp_path_factory.mktemp("models")
    progress: list[Progress] = []
    result = train(
        store,
        "shop intent",
        out=models,
        student="generator",
        base=str(tiny.path),
        epochs=1,
        progress=progress.append,
    )
    return Made(models, result, progress)


def test_the_bundle_says_what_it_is_made_of(made: Made, tiny: BaseLM) -> None:
    manifest = Bundle.load(made.result.path).manifest
    assert manifest.base_model == tiny.base
    spec = manifest.student
    assert isinstance(spec, GeneratorSpec)
    assert spec.prefix == "<|start|>user\n"
    assert spec.ends == (2,)
    assert ADAPTER in manifest.files
    assert made.result.parity.fp32_agreement >= 0.95
    assert made.result.epochs == 1


def test_the_student_answers_as_the_trained_model_would(made: Made) -> None:
    student = load_student(Bundle.load(made.result.path))
    said = student.answer("i want my money back for the lamp")
    assert said.message.role == "assistant"
    assert 0.0 <= said.score <= 1.0


def test_every_stage_ends_and_nothing_is_left_to_go_on_from(made: Made) -> None:
    last = {progress.stage: progress for progress in made.progress}
    assert list(last) == ["dataset", "train", "export", "parity", "certify"]
    assert all(progress.done == progress.total for progress in last.values())
    assert not list(made.models.rglob("*.pt"))


def test_a_base_that_is_not_there_is_no_loss_to_other_students(tmp_path: Path) -> None:
    dataset: Any = None  # not looked at
    job = Job(task=dataset, dataset=dataset, workspace=tmp_path, base=str(tmp_path))
    assert "has no config.json" in (FEW_SHOT.objection(job) or "")


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_generator_can_be_tried_on_every_task(tmp_path: Path, method: Method) -> None:
    dataset: Any = None
    job = Job(task=dataset, dataset=dataset, workspace=tmp_path, options=Options(method=method))
    assert GENERATOR.objection(job) is None


def test_qlora_without_a_gpu_is_an_objection(tmp_path: Path) -> None:
    dataset: Any = None
    job = Job(task=dataset, dataset=dataset, workspace=tmp_path, options=Options(method="qlora"))
    assert "QLoRA needs a GPU" in (GENERATOR.objection(job) or "")


def test_a_model_that_gets_nothing_from_examples_is_not_exported(store: Any, tiny: BaseLM, tmp_path: Path) -> None:
    said = r"few-shot student: shown \d examples, .* gives 0% of \d+ validation answers"
    with pytest.raises(ConfigError, match=said):
        train(store, "shop intent", out=tmp_path, student="few-shot", base=str(tiny.path))
    assert not list(tmp_path.iterdir())
