"""A model that lies on this machine, measured: a folder in the Hugging Face form, or a GGUF file."""

import json
import re
import struct
from math import prod
from pathlib import Path
from typing import Any, cast

from slm_instrument.errors import ConfigError, InputError
from slm_instrument.select.catalogue import Model
from slm_instrument.select.gguf_header import Header, read_header

_LICENCE = re.compile(r"^license:\s*(\S+)\s*$", re.MULTILINE)
_LONGEST_HEADER = 100_000_000  # bytes, as the safetensors library has it


def model_at(place: Path | str) -> Model:
    """The model in a folder (``config.json`` and safetensors) or GGUF file, with the figures that stand there.

    Raises:
        ConfigError: there is neither, or no model that is known how to read.
        InputError: a file is broken.
    """
    path = Path(place)
    if path.is_dir():
        return _from_folder(path)
    if path.is_file():
        return _from_gguf(path, read_header(path))
    raise ConfigError(f"{path}: there is no such folder or GGUF file")


def _from_folder(folder: Path) -> Model:
    config = _config(folder)
    shape = cast("dict[str, Any]", config.get("text_config") or config)
    decoder = any(str(name).endswith("ForCausalLM") for name in config.get("architectures") or ())
    try:
        heads = int(shape["num_attention_heads"])
        hidden = int(shape["hidden_size"])
        return Model(
            name=str(folder),
            family="decoder" if decoder else "encoder",
            licence=_licence(folder / "README.md"),
            parameters=_parameters(folder),
            context=int(shape["max_position_embeddings"]),
            hidden=hidden,
            layers=int(shape["num_hidden_layers"]),
            vocabulary=int(shape["vocab_size"]),
            kv_heads=int(shape.get("num_key_value_heads") or heads),
            head_dim=int(shape.get("head_dim") or hidden // heads),
            path=str(folder),
            figures="its config.json and weights",
            licence_source="its model card",
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{folder}: config.json is of no encoder or decoder that is known: {error}") from error


def _config(folder: Path) -> dict[str, Any]:
    file = folder / "config.json"
    if not file.is_file():
        raise ConfigError(f"{folder}: there is no config.json in it")
    try:
        config: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise InputError(f"{file}: is no object")
    return cast("dict[str, Any]", config)


def _parameters(folder: Path) -> int:
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise ConfigError(f"{folder}: there are no weights in it (*.safetensors)")
    return sum(map(_elements, weights))


def _elements(weights: Path) -> int:
    """How many numbers a safetensors file holds, by the header that it begins with."""
    try:
        with weights.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > _LONGEST_HEADER:
                raise ValueError("its header is too long")
            header: dict[str, Any] = json.loads(stream.read(length))
        return sum(prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")
    except (OSError, struct.error, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{weights}: is no complete safetensors file: {error}") from error


def _licence(card: Path) -> str:
    if not card.is_file():
        return ""
    found = _LICENCE.search(card.read_text(encoding="utf-8", errors="replace"))
    return found.group(1) if found else ""


def _from_gguf(file: Path, header: Header) -> Model:
    values = header.values
    kind = values.get("general.architecture", "")
    try:
        hidden, heads = int(values[f"{kind}.embedding_length"]), int(values[f"{kind}.attention.head_count"])
        return Model(
            name=str(file),
            family="decoder",
            licence=str(values.get("general.license", "")),
            parameters=header.parameters,
            context=int(values[f"{kind}.context_length"]),
            hidden=hidden,
            layers=int(values[f"{kind}.block_count"]),
            vocabulary=header.lengths["tokenizer.ggml.tokens"],
            kv_heads=int(values.get(f"{kind}.attention.head_count_kv", heads)),
            head_dim=int(values.get(f"{kind}.attention.key_length", hidden // heads)),
            path=str(file),
            figures="its metadata",
            licence_source="its metadata",
        )
    except (KeyError, ValueError) as error:
        raise InputError(f"{file}: the header says too little of a language model: {error}") from error
