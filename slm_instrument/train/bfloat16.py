"""Whether half the bytes also mean less time."""

from typing import Any

import torch


def fast_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16.

    One without the instructions emulates them: SmolLM2-135M took 5 times as long as in float32 on an AVX2 processor.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities: dict[str, Any] = dict(torch.cpu.get_capabilities())
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
