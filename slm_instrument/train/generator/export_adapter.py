"""A LoRA adapter as peft saves it, in the form in which the exported base takes it.

The builder fuses layers that peft adapts one by one (query, key and value): the first matrices then stand side by side,
and the second ones in blocks along the diagonal, which adds the same to each part.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file  # pyright: ignore[reportUnknownVariableType]

from slm_instrument.errors import ExportError
from slm_instrument.runtime.generator.adapter import write_adapter
from slm_instrument.train.generator.export_graph import Linear, linear_layers

FloatArray = npt.NDArray[np.float32]

_BLOCKS = {"self_attn": "attn"}  # what the builder calls otherwise than the model
_FUSED = {"qkv_proj": ("q_proj", "k_proj", "v_proj"), "gate_up_proj": ("gate_proj", "up_proj")}
_WEIGHT = re.compile(r"(?:^|\.)layers\.(\d+)\.(\w+)\.(\w+)\.lora_([AB])\.weight$")


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two matrices of one adapted layer: (inputs, rank) and (rank, outputs), the scaling in the second."""

    down: FloatArray
    up: FloatArray


def export_adapter(graph: Path, adapter: Path, out: Path) -> Path:
    """Write a trained adapter as the weights that its base's graph takes.

    Args:
        graph: The exported base (:func:`slm_instrument.train.generator.export.export_base`).
        adapter: The folder that peft saved.
        out: The file to write.

    Raises:
        ExportError: the adapter is more than LoRA on linear layers, or its layers are not those of the graph.
    """
    pairs = _read(adapter)
    weights: dict[str, FloatArray] = {}
    for linear in linear_layers(graph):
        parts = _FUSED.get(linear.name, (linear.name,))
        found = [pairs.pop((linear.layer, linear.block, part), None) for part in parts]
        if (fused := _fused(linear, found)) is not None:
            weights[linear.down], weights[linear.up] = fused.down, fused.up
    if pairs:
        layer, block, name = next(iter(pairs))
        raise ExportError(f"the adapter changes layer {layer}'s {block}.{name}, which the exported model has not")
    write_adapter(out, weights)
    return out


def _read(adapter: Path) -> dict[tuple[int, str, str], _Pair]:
    try:
        config: Any = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
        tensors = load_file(adapter / "adapter_model.safetensors")
    except (OSError, ValueError, SafetensorError) as error:
        raise ExportError(f"the trained adapter cannot be read: {error}") from error
    scaling = _scaling(config)
    sides: dict[tuple[int, str, str], dict[str, FloatArray]] = {}
    for name, array in tensors.items():
        match = _WEIGHT.search(name)
        if match is None:
            raise ExportError(f"the adapter holds {name!r}, which is no LoRA weight of a layer: merge it instead")
        place = (int(match[1]), _BLOCKS.get(match[2], match[2]), match[3])
        sides.setdefault(place, {})[match[4]] = np.ascontiguousarray(array.T, dtype=np.float32)
    return {place: _Pair(both["A"], both["B"] * np.float32(scaling)) for place, both in sides.items()}


def _scaling(config: Mapping[str, Any]) -> float:
    """What an adapter's contribution is multiplied by."""
    several = [key for key in ("rank_pattern", "alpha_pattern", "modules_to_save", "use_dora") if config.get(key)]
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none" or several:
        raise ExportError(f"the adapter is more than LoRA ({', '.join(several) or 'its type'}): merge it instead")
    rank, alpha = int(config["r"]), float(config["lora_alpha"])
    return alpha / sqrt(rank) if config.get("use_rslora") else alpha / rank


def _fused(linear: Linear, found: Sequence[_Pair | None]) -> _Pair | None:
    """The pairs of a layer's parts as one."""
    pairs = [pair for pair in found if pair is not None]
    if not pairs:
        return None
    if len(pairs) < len(found):
        raise ExportError(f"the adapter changes only part of layer {linear.layer}'s {linear.name}: merge it instead")
    ranks, outputs = [pair.up.shape[0] for pair in pairs], [pair.up.shape[1] for pair in pairs]
    if sum(outputs) != linear.outputs or any(pair.down.shape[0] != linear.inputs for pair in pairs):
        raise ExportError(f"the adapter's {linear.name} in layer {linear.layer} has other sizes than the model's")
    up = np.zeros((sum(ranks), linear.outputs), np.float32)
    row = column = 0
    for pair, rank, width in zip(pairs, ranks, outputs, strict=True):
        up[row : row + rank, column : column + width] = pair.up
        row, column = row + rank, column + width
    return _Pair(np.concatenate([pair.down for pair in pairs], axis=1), cast("FloatArray", up))
