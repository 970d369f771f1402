"""The header of a GGUF file: what it says of the model, and how large its tensors are.

The package ``gguf`` reads headers too, but makes a Python object of every word of the vocabulary: 12 s for
SmolLM2-135M, and this takes a tenth of a second. The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from slm_instrument.errors import InputError

_STRING, _ARRAY, _BOOL = 8, 9, 7
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 10: "Q", 11: "q", 12: "d", _BOOL: "?"}
_MOST = 2**31  # of anything that is counted; more is a broken file

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Header:
    """The metadata without lists, the lengths of the lists, and the number of parameters in all tensors."""

    values: Mapping[str, Value]
    lengths: Mapping[str, int]
    parameters: int


def read_header(file: Path) -> Header:
    """Read the header of a GGUF file.

    Raises:
        InputError: it cannot be read, is no GGUF file of version 2 or 3, or ends too early.
    """
    try:
        with file.open("rb") as stream:
            return _read(stream)
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or error}") from error
    except (struct.error, ValueError, KeyError) as error:
        raise InputError(f"{file}: is no complete GGUF file: {error}") from error


def _read(stream: BinaryIO) -> Header:
    if stream.read(4) != b"GGUF":
        raise ValueError("it does not begin with GGUF")
    version = _number(stream, "I")
    if version not in (2, 3):
        raise ValueError(f"its version is {version}")
    tensors, entries = _count(stream), _count(stream)
    values: dict[str, Value] = {}
    lengths: dict[str, int] = {}
    for _ in range(entries):
        key, kind = _string(stream), int(_number(stream, "I"))
        if kind == _ARRAY:
            lengths[key] = _skip_array(stream)
        else:
            values[key] = _string(stream) if kind == _STRING else _number(stream, _NUMBERS[kind])
    return Header(values, lengths, sum(_tensor_size(stream) for _ in range(tensors)))


def _skip_array(stream: BinaryIO) -> int:
    kind, length = int(_number(stream, "I")), _count(stream)
    if kind == _STRING:
        for _ in range(length):
            stream.seek(_count(stream), 1)
    elif kind == _ARRAY:
        raise ValueError("a list of lists")
    else:
        stream.seek(length * struct.calcsize(f"<{_NUMBERS[kind]}"), 1)
    return length


def _tensor_size(stream: BinaryIO) -> int:
    _string(stream)
    size = 1
    for _ in range(int(_number(stream, "I"))):
        size *= _count(stream)
    stream.seek(4 + 8, 1)  # its type and where it lies
    return size


def _string(stream: BinaryIO) -> str:
    length = _count(stream)
    data = stream.read(length)
    if len(data) < length:
        raise ValueError("it ends in a text")
    return data.decode("utf-8", "replace")


def _count(stream: BinaryIO) -> int:
    count = int(_number(stream, "Q"))
    if count > _MOST:
        raise ValueError(f"it counts to {count}")
    return count


def _number(stream: BinaryIO, code: str) -> int | float | bool:
    size = struct.calcsize(f"<{code}")
    return struct.unpack(f"<{code}", stream.read(size))[0]
