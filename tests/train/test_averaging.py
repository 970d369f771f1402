"""The moving average of weights: of a hundred steps in the end, of few in the beginning."""

import pytest
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel

from slm_instrument.train.averaging import moving


def averaged(steps: int, most: float = 0.99) -> float:
    """The average of a weight that was 0 untrained, and is 1 ever since."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    average = AveragedModel(model, multi_avg_fn=moving(most))
    average.update_parameters(model)
    nn.init.ones_(model.weight)
    for _ in range(steps):
        average.update_parameters(model)
    (weight,) = average.parameters()
    return weight.item()


def test_untrained_weights_are_soon_forgotten() -> None:
    assert averaged(20) > 0.99


def test_later_steps_change_it_little() -> None:
    model = nn.Linear(1, 1, bias=False)
    average = AveragedModel(model, multi_avg_fn=moving(0.99))
    nn.init.zeros_(model.weight)
    for _ in range(2000):
        average.update_parameters(model)
    nn.init.ones_(model.weight)
    average.update_parameters(model)
    (weight,) = average.parameters()
    assert weight.item() == pytest.approx(0.01)


def test_average_and_weights_share_nothing() -> None:
    model = nn.Linear(1, 1, bias=False)
    average = AveragedModel(model, multi_avg_fn=moving(0.5))
    average.update_parameters(model)
    before = [weight.clone() for weight in average.parameters()]
    with torch.no_grad():
        model.weight.add_(1)
    torch.testing.assert_close(list(average.parameters()), before)
