"""The loop that fine-tunes a language model on a task's answers.

Every step is made of as many passes as the memory asks for, and the loss is a mean over all answer tokens of the step,
so that a smaller machine takes longer and learns the same. After an epoch the model is judged on validation calls:
greedy decoding gives an answer exactly when each of its tokens is the likeliest after the ones before, so one pass
without decoding tells the agreement. The best epoch's weights are kept.
"""

import hashlib
import itertools
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from slm_instrument.errors import InputError
from slm_instrument.progress import Listener, Stage
from slm_instrument.train.generator.base_lm import BaseLM
from slm_instrument.train.generator.checkpoints import Keeper
from slm_instrument.train.generator.data import NOT_LEARNED, Batch, Example, collate, portions, steps
from slm_instrument.train.generator.distil import Teacher, loss
from slm_instrument.train.generator.model import check_method, save, trainable, weights
from slm_instrument.train.generator.place import Place, Plan, find_place, out_of_memory, plan
from slm_instrument.train.generator.recipe import Recipe

logger = logging.getLogger("slm_instrument")


@dataclass(frozen=True, slots=True)
class Tuned:
    """What was trained: an adapter's folder or, after full fine-tuning, a whole model's.

    ``agreement`` is that of the best epoch, on the validation calls that were judged; ``keeper`` still holds the state
    of the finished run, for whoever uses the result to clear.
    """

    folder: Path
    epochs: int
    agreement: float
    keeper: Keeper


def fine_tune(
    base: BaseLM,
    training: Sequence[Example],
    validation: Sequence[Example],
    out: Path,
    *,
    recipe: Recipe | None = None,
    checkpoints: Path | None = None,
    listener: Listener | None = None,
) -> Tuned:
    """Fine-tune the base model, and write what was trained into a new folder.

    The random state of torch is restored afterwards. The result is the same for the same seed, data and machine,
    whether or not the run was killed in between.

    Args:
        base: the model to start from.
        training: what is learned.
        validation: what the epochs are judged by; the first :attr:`Recipe.judged` of them.
        out: the folder to write.
        recipe: how to train.
        checkpoints: a folder that outlives a killed run; None: nothing is kept.
        listener: told of every step.

    Raises:
        ConfigError: the method cannot be done here, or the teacher does not fit the base model.
        InputError: the base model cannot be loaded, the training does not fit into the memory, or the disk is full.
        MissingExtraError: peft is not installed.
    """
    recipe = recipe or Recipe()
    place = find_place()
    check_method(recipe.method, place)
    keeper = Keeper(checkpoints, _fingerprint(base, training, validation, recipe), recipe.checkpoint_s)
    with torch.random.fork_rng(), torch.enable_grad():  # pyright: ignore[reportUnknownMemberType]
        torch.manual_seed(recipe.seed)  # pyright: ignore[reportUnknownMemberType]
        teacher = Teacher.load(recipe.teacher, recipe.teacher_share, base, place) if recipe.teacher else None
        model = trainable(base, recipe, place)
        longest = max(len(example.ids) for example in (*training, *validation))
        run = Run(model, place, plan(place, model.config, longest), recipe, teacher, keeper)
        epochs, agreement = run.go(training, validation[: recipe.judged], listener)
    save(model, base, recipe, out)
    return Tuned(out, epochs, agreement, keeper)


@torch.no_grad()
def share_right(model: Any, examples: Sequence[Example], place: Place | None = None, tokens: int = 1024) -> float:
    """The share of examples whose answer greedy decoding would give, token by token; 0..1.

    Args:
        model: where it is.
        examples: with the right answers.
        place: of the model; the CPU in full precision when None.
        tokens: that one pass may hold.
    """
    place = place or Place(torch.device("cpu"), bfloat16=False)
    model.eval()
    right = 0
    for portion in portions(sorted(examples, key=lambda example: len(example.ids)), tokens):
        batch = collate(portion, place.device)
        with torch.autocast(place.device.type, torch.bfloat16, enabled=place.bfloat16):
            said = _logits(model, batch).argmax(dim=-1)
        right += int(((said == batch.targets) | (batch.targets == NOT_LEARNED)).all(dim=1).sum())
    return right / len(examples) if examples else 0.0


def _logits(model: Any, batch: Batch) -> Tensor:
    """(examples, kept, vocabulary): the head is a fifth of a small model's work, and only answers need it."""
    return model(input_ids=batch.ids, use_cache=False, logits_to_keep=batch.kept).logits


def _fingerprint(base: BaseLM, training: Sequence[Example], validation: Sequence[Example], recipe: Recipe) -> str:
    """A digest of all that a run depends on, but how often its state is kept."""
    settings = {name: value for name, value in asdict(recipe).items() if name != "checkpoint_s"}
    parts = [base.base.sha256, settings, [(example.ids, example.answer) for example in (*training, *validation)]]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(slots=True)
class _State:
    """How far a run is. ``best`` are the weights of the best epoch, ``judged`` is that epoch."""

    step: int = 0
    judged: int = 0
    agreement: float = -1.0
    best: dict[str, Tensor] = field(default_factory=dict[str, Tensor])


class Run:
    """One run: the model, its optimizer, and how far it is."""

    def __init__(
        self, model: Any, place: Place, fitting: Plan, recipe: Recipe, teacher: Teacher | None, keeper: Keeper
    ) -> None:
        self.model, self.place, self.recipe, self.teacher, self.keeper = model, place, recipe, teacher, keeper
        self.weights = weights(model)
        self.optimizer = torch.optim.AdamW(self.weights.values(), lr=0.0, weight_decay=0.0, fused=True)
        self.tokens, self.recompute = fitting.tokens, False
        self.state = _State()
        if fitting.recompute:
            self._recompute()

    def go(
        self, training: Sequence[Example], validation: Sequence[Example], listener: Listener | None
    ) -> tuple[int, float]:
        """Train; the model ends with its best epoch's weights. Returns the epochs run and the best agreement."""
        self._resume()
        an_epoch = self.recipe.steps_for(len(training))
        epochs = self.recipe.epochs_for(len(training))
        stage = Stage("train", an_epoch * epochs - self.state.step, listener)
        epoch = self.state.step // an_epoch
        while epoch < epochs and epoch - self.state.judged < self.recipe.patience:
            self._epoch(training, epoch, an_epoch, epochs, stage)
            epoch += 1
            self._judge(validation, epoch)
            self._keep()
        stage.finish()
        self._load(self.state.best)
        return epoch, self.state.agreement

    def _epoch(self, training: Sequence[Example], epoch: int, an_epoch: int, epochs: int, stage: Stage) -> None:
        """The steps of an epoch that are still to be done."""
        self.model.train()
        done = self.state.step - epoch * an_epoch
        for group in itertools.islice(steps(training, self.recipe.step_examples, self.recipe.seed, epoch), done, None):
            self._gradient(group)
            torch.nn.utils.clip_grad_norm_(self.weights.values(), self.recipe.clip)
            for settings in self.optimizer.param_groups:
                settings["lr"] = self.recipe.rate(self.state.step, an_epoch * epochs)
            self.optimizer.step()  # pyright: ignore[reportUnknownMemberType]
            self.state.step += 1
            stage.step()
            if self.keeper.due and self.state.step % an_epoch:  # an epoch's end is kept once it has been judged
                self._keep()

    def _gradient(self, group: Sequence[Example]) -> None:
        """The gradient of a step; when the memory does not suffice, in smaller passes."""
        while True:
            self.optimizer.zero_grad(set_to_none=True)
            try:
                self._passes(group)
            except RuntimeError as error:
                if not out_of_memory(error):
                    raise
            else:
                return
            self._shrink(group)  # outside the handler, whose traceback would hold on to the pass's memory

    def _passes(self, group: Sequence[Example]) -> None:
        learned = sum(len(example.ids) - example.answer for example in group)
        for portion in portions(group, self.tokens):
            batch = collate(portion, self.place.device)
            with torch.autocast(self.place.device.type, torch.bfloat16, enabled=self.place.bfloat16):
                total = loss(_logits(self.model, batch), batch, self.teacher)
            (total / learned).backward()  # pyright: ignore[reportUnknownMemberType]

    def _shrink(self, group: Sequence[Example]) -> None:
        if self.place.device.type == "cuda":
            torch.cuda.empty_cache()
        longest = max(len(example.ids) for example in group)
        if self.tokens > longest:
            self.tokens = max(longest, self.tokens // 2)
        elif not self.recompute:
            self._recompute()
        else:
            raise InputError(
                f"the memory does not suffice to train on a call of {longest} tokens ({self.place.free() / 1e9:.1f} GB "
                "are free): choose a smaller base model"
            )
        logger.warning("slm_instrument: the memory does not suffice; going on with %d tokens a pass", self.tokens)

    def _recompute(self) -> None:
        """Trade a third more time for the memory of the activations."""
        self.recompute = True
        self.model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})

    def _judge(self, validation: Sequence[Example], epoch: int) -> None:
        """Keep the weights if no epoch agreed better; of equals the later one has learned more."""
        agreement = share_right(self.model, validation, self.place, self.tokens)
        if agreement >= self.state.agreement:
            best = {name: value.detach().clone() for name, value in self.weights.items()}
            self.state = _State(self.state.step, epoch, agreement, best)

    def _keep(self) -> None:
        self.keeper.save(
            self.state.step,
            {
                "step": self.state.step,
                "judged": self.state.judged,
                "agreement": self.state.agreement,
                "best": self.state.best,
                "weights": {name: value.detach() for name, value in self.weights.items()},
                "optimizer": self.optimizer.state_dict(),
                "random": torch.get_rng_state(),
            },
        )

    def _resume(self) -> None:
        """Go on from the newest state there is."""
        kept = self.keeper.newest()
        if kept is None:
            return
        self._load(kept["weights"])
        self.optimizer.load_state_dict(kept["optimizer"])
        torch.set_rng_state(kept["random"])
        best = {name: value.to(self.place.device) for name, value in kept["best"].items()}
        self.state = _State(kept["step"], kept["judged"], kept["agreement"], best)
        logger.info("slm_instrument: the training goes on from step %d", self.state.step)

    @torch.no_grad()
    def _load(self, values: dict[str, Tensor]) -> None:
        for name, value in values.items():
            self.weights[name].copy_(value)
