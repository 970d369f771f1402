"""A moving average of the weights, which is steadier than the last of them (Polyak and Juditsky 1992)."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor


def moving(most: float) -> Callable[[Any, Any, Any], None]:
    """How :class:`torch.optim.swa_utils.AveragedModel` averages.

    Args:
        most: the share of the average that stays at every step. At first less stays, or the untrained weights would
            count for long.
    """

    @torch.no_grad()
    def update(averages: Sequence[Tensor], weights: Sequence[Tensor], updates: Tensor | int) -> None:
        kept = min(most, (1 + int(updates)) / (10 + int(updates)))
        for average, weight in zip(averages, weights, strict=True):
            average.lerp_(weight, 1 - kept)

    return update
