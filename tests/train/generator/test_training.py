import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

from slm_instrument.errors import ConfigError, InputError
from slm_instrument.progress import Progress
from slm_instrument.train.generator import training
from slm_instrument.train.generator.base_lm import BaseLM
from slm_instrument.train.generator.checkpoints import Keeper
from slm_instrument.train.generator.data import collate
from slm_instrument.train.generator.distil import Teacher, loss
from slm_instrument.train.generator.model import reader, restored, trainable
from slm_instrument.train.generator.place import Place, Plan
from slm_instrument.train.generator.recipe import Recipe
from slm_instrument.train.generator.training import Run, fine_tune, share_right

from .tiny import QUICK, TEMPLATE, examples, write_model

CPU = Place(torch.device("cpu"), bfloat16=False)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """More than one only makes so small a model wait."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def weights(folder: Path) -> bytes:
    return next(folder.glob("*.safetensors")).read_bytes()


def test_it_learns_what_it_is_taught(tiny: BaseLM, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # In the numbers in which it is read afterwards: in bfloat16, which some processors have, near ties fall otherwise.
    monkeypatch.setattr(training, "find_place", lambda: CPU)
    taught = examples(tiny, 2)
    recipe = Recipe(method="full", epochs=80, learning_rate=6e-3, patience=80)
    tuned = fine_tune(tiny, taught, taught, tmp_path / "out", recipe=recipe)
    assert tuned.agreement == 1.0
    model = restored(tiny, tuned.folder, recipe)
    assert share_right(model, taught) == 1.0
    logits = reader(model)(taught[0].ids[:-1], len(taught[0].ids) - taught[0].answer)
    assert logits.argmax(axis=1).tolist() == list(taught[0].ids[taught[0].answer :])


def test_an_adapter_leaves_the_base_as_it_is_and_learns(tiny: BaseLM, tmp_path: Path) -> None:
    taught = examples(tiny)
    recipe = Recipe(epochs=6, learning_rate=2e-2, step_examples=3)
    tuned = fine_tune(tiny, taught, taught, tmp_path / "out", recipe=recipe)
    assert {file.name for file in tuned.folder.iterdir()} >= {"adapter_config.json", "adapter_model.safetensors"}
    before, after = tiny.load(dtype=torch.float32), restored(tiny, tuned.folder, recipe)
    batch = collate(taught, CPU.device)
    with torch.no_grad():
        losses = [
            float(loss(model(input_ids=batch.ids, logits_to_keep=batch.kept).logits, batch))
            for model in (before, after)
        ]
    assert losses[1] < 0.95 * losses[0]  # of a model that knows nothing, and whose words cannot change


def test_the_same_seed_gives_the_same_student_and_torch_keeps_its_random_state(tiny: BaseLM, tmp_path: Path) -> None:
    taught = examples(tiny)
    state = torch.get_rng_state()
    one = fine_tune(tiny, taught, taught, tmp_path / "one", recipe=QUICK)
    assert torch.equal(state, torch.get_rng_state())
    two = fine_tune(tiny, taught, taught, tmp_path / "two", recipe=QUICK)
    assert weights(one.folder) == weights(two.folder)


def test_a_run_that_is_killed_goes_on_and_ends_as_one_that_is_not(tiny: BaseLM, tmp_path: Path) -> None:
    taught = examples(tiny)
    whole = fine_tune(tiny, taught, taught, tmp_path / "whole", recipe=QUICK)
    kept = tmp_path / "kept"
    command = [
        sys.executable,
        "-m",
        "tests.train.generator.killed",
        str(tiny.path),
        str(tmp_path / "killed"),
        str(kept),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        os.kill(process.pid, signal.SIGKILL)
    assert list(kept.glob("*.pt"))
    steps: list[Progress] = []
    resumed = fine_tune(
        tiny, taught, taught, tmp_path / "resumed", recipe=QUICK, checkpoints=kept, listener=steps.append
    )
    assert steps[-1].total == 16 - 5  # the sixth step had been made and not yet been kept
    assert weights(resumed.folder) == weights(whole.folder)
    assert (resumed.epochs, resumed.agreement) == (whole.epochs, whole.agreement)
    resumed.keeper.clear()
    assert not list(kept.iterdir())


def test_a_finished_run_is_not_trained_again(tiny: BaseLM, tmp_path: Path) -> None:
    taught = examples(tiny)
    kept = tmp_path / "kept"
    first = fine_tune(tiny, taught, taught, tmp_path / "first", recipe=QUICK, checkpoints=kept)
    steps: list[Progress] = []
    second = fine_tune(tiny, taught, taught, tmp_path / "second", recipe=QUICK, checkpoints=kept, listener=steps.append)
    assert steps[0].total == 0
    assert weights(first.folder) == weights(second.folder)


def test_a_broken_checkpoint_is_told_and_the_one_before_is_taken(
    tiny: BaseLM, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taught = examples(tiny)
    kept = tmp_path / "kept"
    whole = fine_tune(tiny, taught, taught, tmp_path / "whole", recipe=QUICK, checkpoints=kept)
    _, newest = sorted(kept.iterdir())
    newest.write_bytes(newest.read_bytes()[:1000])
    steps: list[Progress] = []
    again = fine_tune(tiny, taught, taught, tmp_path / "again", recipe=QUICK, checkpoints=kept, listener=steps.append)
    assert [record.message.partition(" is broken")[0] for record in caplog.records] == [
        f"slm_instrument: the checkpoint {newest}"
    ]
    assert steps[0].total == 4  # one epoch
    assert weights(again.folder) == weights(whole.folder)


def test_checkpoints_of_other_calls_or_settings_are_not_taken(tiny: BaseLM, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    fine_tune(tiny, examples(tiny), examples(tiny), tmp_path / "first", recipe=QUICK, checkpoints=kept)
    for name, taught, recipe in (
        ("calls", examples(tiny, 11), QUICK),
        ("settings", examples(tiny), Recipe(method="full", epochs=4, step_examples=3, learning_rate=2e-3)),
    ):
        steps: list[Progress] = []
        fine_tune(tiny, taught, taught, tmp_path / name, recipe=recipe, checkpoints=kept, listener=steps.append)
        assert steps[0].total == 16


def test_a_full_disk_costs_the_checkpoint_and_not_the_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keeper = Keeper(tmp_path, "fingerprint", 0)
    keeper.save(1, {"step": 1, "weights": torch.zeros(10)})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))  # the disk has no room for more
    try:
        keeper.save(2, {"step": 2, "weights": torch.zeros(100_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "no checkpoint at step 2" in caplog.text
    assert [file.name for file in tmp_path.iterdir()] == ["generator-fingerprint-0000001.pt"]
    assert (keeper.newest() or {})["step"] == 1


class Crowded(nn.Module):
    """A model on a machine that cannot hold more than so many tokens at once."""

    def __init__(self, model: nn.Module, room: int) -> None:
        super().__init__()
        self.model, self.room, self.config = model, room, model.config

    def gradient_checkpointing_enable(self, **_: object) -> None:
        self.room *= 2

    def forward(self, input_ids: torch.Tensor, **how: object) -> object:
        if input_ids.numel() > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self.model(input_ids=input_ids, **how)


@pytest.mark.parametrize(("room", "recompute"), [(100, False), (20, True)])
def test_a_small_memory_learns_the_same_in_smaller_passes(
    tiny: BaseLM, tmp_path: Path, room: int, recompute: bool, caplog: pytest.LogCaptureFixture
) -> None:
    taught = examples(tiny, 6)
    longest = max(len(example.ids) for example in taught)
    learned: list[dict[str, torch.Tensor]] = []
    for space in (10**9, room):
        run = Run(Crowded(trainable(tiny, QUICK, CPU), space), CPU, Plan(200, False), QUICK, None, Keeper(None, "", 0))
        run.go(taught, [], None)
        learned.append({name: value.detach().clone() for name, value in run.weights.items()})
    assert run.recompute is recompute
    assert run.tokens == (longest if recompute else 100)
    assert "the memory does not suffice; going on with" in caplog.text
    for name, value in learned[0].items():
        torch.testing.assert_close(value, learned[1][name], rtol=1e-3, atol=1e-4)


def test_a_memory_too_small_for_one_call_is_said(tiny: BaseLM) -> None:
    run = Run(Crowded(trainable(tiny, QUICK, CPU), 5), CPU, Plan(200, False), QUICK, None, Keeper(None, "", 0))
    with pytest.raises(InputError, match=r"the memory does not suffice to train on a call of .* choose a smaller base"):
        run.go(examples(tiny, 6), [], None)


def test_training_stops_when_it_no_longer_gets_better(tiny: BaseLM) -> None:
    run = Run(trainable(tiny, QUICK, CPU), CPU, Plan(200, False), QUICK, None, Keeper(None, "", 0))
    run.state.agreement = 2.0  # of an epoch before that cannot be reached again
    epochs, agreement = run.go(examples(tiny), examples(tiny), None)
    assert (epochs, agreement) == (QUICK.patience, 2.0)


def test_a_teacher_is_listened_to(tiny: BaseLM) -> None:
    batch = collate(examples(tiny, 3), CPU.device)
    model = tiny.load(dtype=torch.float32)
    teacher = Teacher.load(str(tiny.path), 1.0, tiny, CPU)
    with torch.no_grad():
        logits = model(input_ids=batch.ids, logits_to_keep=batch.kept).logits
        alone, heard = loss(logits, batch), loss(logits, batch, Teacher(teacher.model, 0.25))
    assert float(loss(logits, batch, teacher)) == pytest.approx(0.0, abs=1e-3)  # it says what the student says
    assert float(heard) == pytest.approx(0.75 * float(alone), rel=1e-4)


def test_a_teacher_of_other_words_is_refused(tiny: BaseLM, tmp_path: Path) -> None:
    other = write_model(tmp_path / "other", template=TEMPLATE)
    tokenizer = other / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text().replace("<|none|>", "<|nil|>"))
    recipe = Recipe(epochs=1, teacher=str(other))
    with pytest.raises(ConfigError, match="another vocabulary"):
        fine_tune(tiny, examples(tiny), examples(tiny), tmp_path / "out", recipe=recipe)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_qlora_without_a_gpu_is_refused_in_one_line(tiny: BaseLM, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^QLoRA needs a GPU with CUDA, and there is none here: use --method lora$"):
        fine_tune(tiny, examples(tiny), [], tmp_path / "out", recipe=Recipe(method="qlora"))


def test_what_cannot_be_written_is_said(tiny: BaseLM, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match="what was trained cannot be written"):
        fine_tune(tiny, examples(tiny), [], tmp_path / "file" / "out", recipe=Recipe(epochs=1, step_examples=12))
