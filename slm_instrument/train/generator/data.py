"""What a language model learns from: prompts and answers as token ids, in batches of similar length."""

import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from slm_instrument.curate.sample import Sample
from slm_instrument.errors import ConfigError
from slm_instrument.runtime.generator.form import Form
from slm_instrument.runtime.generator.prompt import Prompter

logger = logging.getLogger("slm_instrument")

NOT_LEARNED = -100  # torch's own sign for a position without a target
_MOST_LEFT_OUT = 0.5
_BUCKET = 20  # steps whose examples are sorted together by length: short padding, still shuffled


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids of a prompt and its answer, which begins at ``answer`` and ends with the end token."""

    ids: Sequence[int]
    answer: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded examples for one pass.

    ``ids`` are (examples, tokens); ``kept`` are the positions, (kept,), whose next token is part of some answer;
    ``targets`` are those next tokens, (examples, kept), NOT_LEARNED where it is none of that example's answer.
    """

    ids: Tensor
    kept: Tensor
    targets: Tensor

    @property
    def learned(self) -> int:
        """How many tokens of answers there are."""
        return int((self.targets != NOT_LEARNED).sum())


def encode(samples: Sequence[Sample], prompter: Prompter, form: Form, end: int, context: int) -> list[Example]:
    """The samples as examples, in their order, without those that are longer than the context window.

    Args:
        samples: what is to be learned.
        prompter: makes the prompt, as at run time.
        form: the form in which answers are said.
        end: the token that ends an answer.
        context: of the model, in tokens.

    Raises:
        ConfigError: more than half are too long.
    """
    examples: list[Example] = []
    for sample in samples:
        prompt = prompter.encode(sample.text)
        answer = prompter.plain(form.target(sample.answer))
        if not prompt.too_long and len(prompt.ids) + len(answer) < context:
            examples.append(Example((*prompt.ids, *answer, end), len(prompt.ids)))
    lost = len(samples) - len(examples)
    if lost > _MOST_LEFT_OUT * len(samples):
        raise ConfigError(
            f"{lost} of {len(samples)} calls are longer with their answers than the {context} tokens that the base "
            "model reads: choose one with a longer context window"
        )
    if lost:
        logger.warning("slm_instrument: %d of %d calls are too long for the model and left out", lost, len(samples))
    return examples


def steps(examples: Sequence[Example], size: int, seed: int, epoch: int) -> Iterator[list[Example]]:
    """The examples of each step of an epoch: shuffled, of similar length within a step.

    The order depends on nothing but the arguments, so that a run that was killed goes on with the same steps.
    """
    order = random.Random(f"{seed}:{epoch}")
    shuffled = list(examples)
    order.shuffle(shuffled)
    groups: list[list[Example]] = []
    for start in range(0, len(shuffled), size * _BUCKET):
        bucket = sorted(shuffled[start : start + size * _BUCKET], key=lambda example: len(example.ids))
        groups.extend(bucket[at : at + size] for at in range(0, len(bucket), size))
    order.shuffle(groups)
    yield from groups


def portions(examples: Sequence[Example], budget: int) -> Iterator[list[Example]]:
    """The examples in their order, as many at a time as fill no more than ``budget`` tokens, padding included."""
    portion: list[Example] = []
    width = 0
    for example in examples:
        wider = max(width, len(example.ids))
        if portion and wider * (len(portion) + 1) > budget:
            yield portion
            portion, wider = [], len(example.ids)
        portion.append(example)
        width = wider
    if portion:
        yield portion


def collate(examples: Sequence[Example], device: torch.device) -> Batch:
    """Pad examples on the right, where a causal model does not see it and needs no mask."""
    width = max(len(example.ids) for example in examples)
    ids = torch.zeros((len(examples), width), dtype=torch.long)
    following = torch.full((len(examples), width), NOT_LEARNED)
    for row, example in enumerate(examples):
        length = len(example.ids)
        ids[row, :length] = torch.tensor(example.ids)
        following[row, example.answer - 1 : length - 1] = torch.tensor(example.ids[example.answer :])
    kept = torch.nonzero((following != NOT_LEARNED).any(dim=0)).flatten()
    return Batch(ids.to(device), kept.to(device), following[:, kept].to(device))
