"""Distillation: what is learned from at every token of an answer.

Training on the recorded answers is sequence-level distillation (Kim and Rush 2016, arXiv 1606.07947). Where a second
model on this machine has the student's vocabulary, the student also learns how likely that one finds every other token
(Hinton et al. 2015, arXiv 1503.02531): a choice between two good words is then no error to be unlearned.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from slm_instrument.errors import ConfigError
from slm_instrument.train.generator.base_lm import BaseLM, find_base
from slm_instrument.train.generator.data import NOT_LEARNED, Batch
from slm_instrument.train.generator.place import Place


@dataclass(frozen=True, slots=True)
class Teacher:
    """A model on this machine that is listened to, for ``share`` of the loss."""

    model: Any
    share: float

    @classmethod
    def load(cls, name: str, share: float, student: BaseLM, place: Place) -> "Teacher":
        """Load it.

        Raises:
            ConfigError: there is no such model, or it has other tokens than the student.
            InputError: it cannot be loaded.
        """
        found = find_base(name)
        if found.tokenizer().get_vocab() != student.tokenizer().get_vocab():
            raise ConfigError(
                f"the teacher {name} has another vocabulary than {student.base.name}, so that their tokens cannot be "
                "compared: choose two models of one kind"
            )
        model = found.load(dtype=torch.bfloat16 if place.bfloat16 else torch.float32)
        return cls(model.to(place.device).eval(), share)

    @torch.no_grad()
    def logits(self, batch: Batch) -> Tensor:
        """What it would say at the kept positions, (examples, kept, vocabulary)."""
        return self.model(input_ids=batch.ids, use_cache=False, logits_to_keep=batch.kept).logits


def loss(logits: Tensor, batch: Batch, teacher: Teacher | None = None) -> Tensor:
    """The loss summed over the tokens of the answers.

    Args:
        logits: the student's at the kept positions, (examples, kept, vocabulary).
        batch: what was given to it.
        teacher: a model to listen to besides.

    Returns:
        A scalar: cross-entropy, mixed with the Kullback-Leibler divergence from the teacher's probabilities.
    """
    logits = logits.float()
    wanted = functional.cross_entropy(
        logits.flatten(0, 1), batch.targets.flatten(), ignore_index=NOT_LEARNED, reduction="sum"
    )
    if teacher is None:
        return wanted
    said = batch.targets != NOT_LEARNED
    ours = functional.log_softmax(logits[said], dim=-1)
    theirs = functional.log_softmax(teacher.logits(batch)[said].float(), dim=-1)
    divergence = functional.kl_div(ours, theirs, reduction="sum", log_target=True)
    return (1 - teacher.share) * wanted + teacher.share * divergence
