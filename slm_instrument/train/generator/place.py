"""Where a training runs: the device that is really there, its number format, and how much fits into its memory."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from slm_instrument.train.bfloat16 import fast_bfloat16

_CPU_TOKENS, _GPU_TOKENS = 1024, 16_384  # of one pass; more makes neither faster
_USED = 0.6  # share of the free memory that a pass may take
_COPIES = 3  # of the logits that the loss needs: themselves, their softmax, their gradient


@dataclass(frozen=True, slots=True)
class Place:
    """A device, and whether half the bytes also mean less time there."""

    device: torch.device
    bfloat16: bool

    def free(self) -> int:
        """Bytes of memory that are free."""
        if self.device.type == "cuda":
            return torch.cuda.mem_get_info(self.device)[0]
        return min(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") + _cached(), _container())


@dataclass(frozen=True, slots=True)
class Plan:
    """How many tokens a pass may hold, and whether activations are computed anew instead of kept."""

    tokens: int
    recompute: bool


def find_place() -> Place:
    """The GPU when one can be used, else the CPU.

    torch says that CUDA is available where a driver without a device is, so a number is put there to see.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError):
        device = torch.device("cpu")
    return Place(device, fast_bfloat16(device))


def plan(place: Place, config: Any, longest: int) -> Plan:
    """Fit the passes into the memory that is free.

    Args:
        place: where they run.
        config: of the model, as transformers has it.
        longest: tokens of the longest example, which has to fit alone.
    """
    room = _USED * place.free()
    most = _GPU_TOKENS if place.device.type == "cuda" else _CPU_TOKENS
    kept = _bytes_a_token(config)
    recompute = room < kept * longest
    if recompute:
        kept = 4 * config.num_hidden_layers * config.hidden_size + kept // config.num_hidden_layers
    return Plan(max(longest, min(most, int(room / kept))), recompute)


def out_of_memory(error: RuntimeError) -> bool:
    """Whether torch failed for lack of memory; on the CPU that is an unspecific error with a telling text."""
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _bytes_a_token(config: Any) -> int:
    """What a token of a pass takes until the gradient is known.

    Measured with LoRA on SmolLM2-135M: 64 kB a layer, in float32. What a token of an answer takes as logits is spread
    over four tokens, the rest being of the prompt.
    """
    inner = getattr(config, "intermediate_size", None) or 4 * config.hidden_size
    layer = 4 * (12 * config.hidden_size + 6 * inner)
    return config.num_hidden_layers * layer + 4 * _COPIES * config.vocab_size // 4


def _cached() -> int:
    """Bytes of the file cache, which Linux gives up when memory is wanted."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Cached:"))
    except (OSError, StopIteration, ValueError):
        return 0


def _container() -> int:
    """Bytes that the container may still take (cgroup 2); a container's limit is not seen in the machine's figures."""
    group = Path("/sys/fs/cgroup")
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        return int(limit) - int((group / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such file, or "max"
        return 2**63
