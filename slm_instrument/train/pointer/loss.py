"""The loss: surprise at the teacher's choices, and at its spans wherever in the prompt they stand."""

import torch
from torch import Tensor
from torch.nn import functional

from slm_instrument.train.pointer.examples import Batch
from slm_instrument.train.pointer.network import Choices, PointerNetwork

_NEVER = -1e9


def batch_loss(network: PointerNetwork, allowed: Tensor, batch: Batch, *, bfloat16: bool = False) -> Tensor:
    """The surprise of a batch, summed over its choices and spans and divided by the number of choices.

    Args:
        network: the network.
        allowed: which symbols may stand at which path, (paths, symbols) bool.
        batch: the examples.
        bfloat16: whether the network computes in it; probabilities are taken in float32 in any case.
    """
    with torch.autocast(batch.ids.device.type, torch.bfloat16, enabled=bfloat16):
        memory, affinity = network.encode(batch.ids, batch.mask)
        choices = network.decode(memory, batch.mask, batch.history)
    choices, affinity = Choices(*(part.float() for part in choices)), affinity.float()
    logits = choices.symbols.masked_fill(~allowed[batch.history.paths], _NEVER)
    total = functional.cross_entropy(logits.flatten(0, 1), batch.chosen.flatten(), ignore_index=-1, reduction="sum")
    if len(batch.copies):
        total = total + span_surprise(choices, affinity, batch).sum()
    return total / (batch.chosen >= 0).sum()


@torch.inference_mode()
def agreed(network: PointerNetwork, allowed: Tensor, batch: Batch) -> Tensor:
    """Which examples the network answers as the teacher did, (B,) bool: where it would choose the same at every step.

    The teacher's choices are the history; as long as it agrees they are its own. So one pass tells what building the
    answer step by step would, but that the probabilities of equal texts are not added up.
    """
    memory, affinity = network.encode(batch.ids, batch.mask)
    choices = network.decode(memory, batch.mask, batch.history)
    symbols = choices.symbols.masked_fill(~allowed[batch.history.paths], _NEVER).argmax(-1)
    same = (symbols == batch.chosen) | (batch.chosen < 0)
    rows, steps = batch.copies.unbind(1)
    first = choices.first[rows, steps].masked_fill(~batch.firsts[rows], _NEVER).argmax(-1)
    after = torch.arange(batch.lasts.shape[1], device=first.device) >= first.unsqueeze(-1)
    last = choices.last[rows, steps] + affinity[rows, first]
    last = last.masked_fill(~(after & batch.lasts[rows]), _NEVER).argmax(-1)
    same[rows, steps] &= (batch.places == torch.stack([first, last], dim=-1).unsqueeze(1)).all(-1).any(-1)
    return same.all(-1)


def span_surprise(choices: Choices, affinity: Tensor, batch: Batch) -> Tensor:
    """The surprise of every copy: the probability of its text is that of all its places together.

    Args:
        choices: what the network says of the batch.
        affinity: of first tokens with last ones, (B, T, T).
        batch: the examples.

    Returns:
        The surprises, (C,).
    """
    rows, steps = batch.copies.unbind(1)
    there = batch.places[..., 0] >= 0
    starts, ends = batch.places.clamp(min=0).unbind(-1)
    firsts, lasts = batch.firsts[rows], batch.lasts[rows]
    first = choices.first[rows, steps].masked_fill(~firsts, _NEVER).log_softmax(-1)
    last = choices.last[rows, steps].unsqueeze(1) + affinity[rows.unsqueeze(1), starts]
    after = torch.arange(lasts.shape[1], device=starts.device) >= starts.unsqueeze(-1)
    last = last.masked_fill(~(after & lasts.unsqueeze(1)), _NEVER).log_softmax(-1)
    places = first.gather(1, starts) + last.gather(2, ends.unsqueeze(-1)).squeeze(-1)
    return -places.masked_fill(~there, _NEVER).logsumexp(-1)
