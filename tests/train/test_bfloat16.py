"""bfloat16 is used where the processor has instructions for it."""

import pytest
import torch

from slm_instrument.train.bfloat16 import fast_bfloat16


@pytest.mark.parametrize(
    ("capabilities", "fast"),
    [({"avx2": True}, False), ({"avx512_bf16": True}, True), ({"amx_bf16": True, "avx512_bf16": False}, True)],
)
def test_a_processor_without_the_instructions_stays_with_float32(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], fast: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert fast_bfloat16(torch.device("cpu")) is fast
