"""The settings of a fine-tuning, and what they mean for a set of examples."""

import math
from dataclasses import dataclass

from slm_instrument.train.family import Method

_LEAST_STEPS = 300  # small sets are gone over more often
_MOST_EPOCHS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to fine-tune a language model.

    LoRA (Hu et al. 2021, arXiv 2106.09685) of rank 16 on all linear layers, with the learning rate some ten times that
    of full fine-tuning and few examples a step, as Schulman et al. 2025 ("LoRA without regret") found best on small
    sets. The optimizer is AdamW, the learning rate rises linearly and falls by a cosine.

    ``epochs`` None: two, and more on small sets. ``teacher`` is a second model, whose token probabilities count for
    ``teacher_share`` of the loss. ``checkpoint_s`` are the seconds between checkpoints.
    """

    method: Method = "lora"
    epochs: int | None = None
    seed: int = 0
    rank: int = 16
    alpha: int = 32
    learning_rate: float | None = None
    step_examples: int = 4
    warm_up: float = 0.05  # share of the steps
    clip: float = 1.0  # norm of the gradient
    patience: int = 2  # epochs without a validation agreement as good as the best before training stops
    judged: int = 64  # validation samples
    teacher: str | None = None
    teacher_share: float = 0.5
    checkpoint_s: float = 300.0

    def epochs_for(self, examples: int) -> int:
        """The epochs to train on that many examples."""
        if self.epochs is not None:
            return self.epochs
        return min(_MOST_EPOCHS, max(2, math.ceil(_LEAST_STEPS / self.steps_for(examples))))

    def steps_for(self, examples: int) -> int:
        """The steps of one epoch."""
        return max(1, math.ceil(examples / self.step_examples))

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of a step, counted from 0."""
        peak = self.learning_rate or (1e-4 if self.method == "full" else 1e-3)
        rising = max(1, round(self.warm_up * steps))
        if step < rising:
            return peak * (step + 1) / rising
        return peak * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising))) / 2
