from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import torch

from slm_instrument.train.generator.place import Place, find_place, out_of_memory, plan

SMOLLM2_135M = SimpleNamespace(num_hidden_layers=30, hidden_size=576, intermediate_size=1536, vocab_size=49_152)


@dataclass(frozen=True, slots=True)
class Room(Place):
    """A device with so much free memory."""

    bytes: int = 0

    def free(self) -> int:
        return self.bytes


def room(gigabytes: float, kind: str = "cpu") -> Room:
    return Room(torch.device(kind), False, int(gigabytes * 1e9))


def test_a_number_can_be_put_where_it_says() -> None:
    place = find_place()
    assert torch.zeros(1, device=place.device).device.type == place.device.type
    assert 10**6 < place.free() < 2**50


def test_passes_fit_into_the_free_memory() -> None:
    assert plan(room(50), SMOLLM2_135M, longest=300).tokens == 1024  # more is no faster on a CPU
    assert plan(room(130, "cuda"), SMOLLM2_135M, longest=300).tokens == 16_384
    small = plan(room(2), SMOLLM2_135M, longest=300)
    assert 300 < small.tokens < 1024
    assert not small.recompute


def test_activations_are_computed_anew_where_they_do_not_fit() -> None:
    tight = plan(room(2), SMOLLM2_135M, longest=900)
    assert tight.recompute
    assert tight.tokens >= 900


def test_errors_for_lack_of_memory_are_told_from_others() -> None:
    assert out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**50)
    assert out_of_memory(raised.value)
    assert not out_of_memory(RuntimeError("shape mismatch"))
