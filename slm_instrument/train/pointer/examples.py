"""Training examples as tensors: prompts by token ids, answers by the choices that build them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from slm_instrument.runtime.pointer.grammar import Action, Grammar
from slm_instrument.runtime.pointer.marks import MARKS, Place, mark
from slm_instrument.runtime.pointer.spans import Prompt
from slm_instrument.train.pointer.network import History

_BUCKET = 16  # batches sorted together by length: short padding, still shuffled


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice that the grammar leaves open: numbers of path and symbol, and the places of the text copied."""

    path: int
    symbol: int
    places: Sequence[Place]


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt's token ids, the choices that build its answer, and where spans may begin and end."""

    ids: Sequence[int]
    choices: Sequence[Choice]
    firsts: Sequence[bool]
    lasts: Sequence[bool]


@dataclass(frozen=True, slots=True)
class Batch:
    """B examples of at most T tokens, N choices and K places of a copied text."""

    ids: Tensor  # (B, T)
    mask: Tensor  # (B, T)
    firsts: Tensor  # (B, T) bool: where spans may begin
    lasts: Tensor  # (B, T) bool: where they may end
    history: History
    chosen: Tensor  # (B, N): the symbol to choose, -1 after the last
    copies: Tensor  # (C, 2): example and choice of every copy
    places: Tensor  # (C, K, 2): first and last tokens of its places, -1 after the last


def example_of(prompt: Prompt, ids: Sequence[int], actions: Sequence[Action], grammar: Grammar) -> Example:
    """An example of a linearised answer; choices that the grammar does not leave open are left out."""
    paths = {path: at for at, path in enumerate(grammar.paths)}
    symbols = {symbol: at for at, symbol in enumerate(grammar.symbols)}
    return Example(
        ids,
        [
            Choice(paths[action.path], symbols[action.symbol], prompt.occurrences(action.span) if action.span else ())
            for action in actions
            if action.span is not None or len(grammar.paths[action.path]) > 1
        ],
        prompt.firsts,
        prompt.lasts,
    )


def batches(examples: Sequence[Example], size: int, order: random.Random) -> Iterator[list[Example]]:
    """Shuffled batches of examples of similar length."""
    shuffled = list(examples)
    order.shuffle(shuffled)
    made: list[list[Example]] = []
    for start in range(0, len(shuffled), size * _BUCKET):
        bucket = sorted(shuffled[start : start + size * _BUCKET], key=lambda example: len(example.ids))
        made.extend(bucket[at : at + size] for at in range(0, len(bucket), size))
    order.shuffle(made)
    yield from made


def collate(examples: Sequence[Example], symbols: int, device: torch.device) -> Batch:
    """Pad examples to the longest. ``symbols``: how many there are, the number of "no symbol yet"."""
    count = len(examples)
    tokens = max(len(example.ids) for example in examples)
    steps = max(1, max(len(example.choices) for example in examples))
    ids = torch.zeros(count, tokens, dtype=torch.long)
    mask = torch.zeros(count, tokens, dtype=torch.long)
    firsts, lasts = (torch.zeros(count, tokens, dtype=torch.bool) for _ in range(2))
    before = torch.full((count, steps), symbols)
    paths = torch.zeros(count, steps, dtype=torch.long)
    first, last = torch.full((count, steps), -1), torch.full((count, steps), -1)
    marks = torch.zeros(count, steps, tokens, MARKS)
    chosen = torch.full((count, steps), -1)
    copies: list[tuple[int, int]] = []
    places: list[Sequence[Place]] = []
    for row, example in enumerate(examples):
        length = len(example.ids)
        ids[row, :length] = torch.tensor(example.ids)
        mask[row, :length] = 1
        firsts[row, :length] = torch.tensor(example.firsts)
        lasts[row, :length] = torch.tensor(example.lasts)
        marked = mark([one.path for one in example.choices], [one.places for one in example.choices], length)
        told = len(example.choices)
        first[row, :told], last[row, :told] = torch.as_tensor(marked.first), torch.as_tensor(marked.last)
        marks[row, :told, :length] = torch.as_tensor(marked.marks)
        for step, choice in enumerate(example.choices):
            paths[row, step] = choice.path
            chosen[row, step] = choice.symbol
            if choice.places:
                copies.append((row, step))
                places.append(choice.places)
            if step + 1 < len(example.choices):
                before[row, step + 1] = choice.symbol
    history = History(*(part.to(device) for part in (before, paths, first, last, marks)))
    most = max((len(held) for held in places), default=1)
    padded = [[*held, *[(-1, -1)] * (most - len(held))] for held in places]
    return Batch(
        ids=ids.to(device),
        mask=mask.to(device),
        firsts=firsts.to(device),
        lasts=lasts.to(device),
        history=history,
        chosen=chosen.to(device),
        copies=torch.tensor(copies, dtype=torch.long, device=device).reshape(-1, 2),
        places=torch.tensor(padded, dtype=torch.long, device=device).reshape(-1, most, 2),
    )
