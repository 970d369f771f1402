"""One form for things that mean the same: canonical JSON, content digests, normal forms of answers.

Two answers agree when their normal forms are equal. That single rule is used wherever answers are compared: labels for
training, a teacher's agreement with itself, certification, replay and shadow observations.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from hashlib import blake2b
from types import NoneType
from typing import Any, Literal, cast

import msgspec

from slm_instrument.records import Message

DIGEST_BYTES = 16  # 128 bits: no accidental collision below 10^18 contents


class AnswerKind(StrEnum):
    """What a task's answers are; a single message is never CLOSED_SET, only many together are."""

    CLOSED_SET = "closed_set"
    JSON = "json"
    TOOL_CALL = "tool_call"
    SHORT_TEXT = "short_text"
    FREE_TEXT = "free_text"


@dataclass(frozen=True, slots=True)
class Answer:
    """An assistant message in normal form: ``text`` is equal for answers that agree."""

    kind: AnswerKind
    text: str


SHORT_TEXT_CHARS = 80  # a label, a name, a date; longer text is prose


def canonical_json(value: Any) -> bytes:
    """Compact JSON with sorted keys: equal values give equal bytes."""
    return _encode(value, order="sorted")


def faithful_json(value: Any) -> bytes:
    """Compact JSON that keeps the order of keys, for storing: what is read back is what was given.

    What JSON cannot say is said as nearly as possible rather than refused: an unknown object by its ``repr``, a lone
    surrogate by U+FFFD, an integer beyond 64 bits as text.
    """
    return _encode(value)


def _encode(value: Any, order: Literal["sorted"] | None = None) -> bytes:
    try:
        return msgspec.json.encode(value, enc_hook=repr, order=order)
    except (TypeError, ValueError, OverflowError, RecursionError):  # UnicodeEncodeError is a ValueError
        return msgspec.json.encode(_sayable(value), order=order)


_DECIMAL_BITS = 10_000  # Python refuses to write longer integers than some 4,300 digits in decimal
_DEEPEST = 200  # levels; a cyclic or absurdly nested value is cut off there


def _sayable(value: Any, depth: int = 0) -> Any:
    """The nearest value that JSON can say."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, bool | float | NoneType):
        return value
    if isinstance(value, int):
        if -(2**63) <= value < 2**64:
            return value
        return str(value) if value.bit_length() < _DECIMAL_BITS else hex(value)
    if depth >= _DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value).items()
        return {str(_sayable(str(key))): _sayable(item, depth + 1) for key, item in items}
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _sayable(getattr(value, f.name), depth + 1) for f in fields(value)}
    if isinstance(value, list | tuple | set | frozenset):
        return [_sayable(item, depth + 1) for item in cast("Iterable[Any]", value)]
    return _sayable(repr(value), depth + 1)


def digest(key: bytes, *parts: bytes) -> bytes:
    """A keyed 128-bit digest (BLAKE2b) of the parts, each with its length, so that boundaries count."""
    sized = [piece for part in parts for piece in (len(part).to_bytes(8, "little"), part)]
    return blake2b(b"".join(sized), digest_size=DIGEST_BYTES, key=key).digest()


def normal_form(message: Message) -> Answer:
    """An answer's kind and normal form.

    Tool calls compare by name and parsed arguments, in order; JSON by value, also inside a Markdown fence; text by its
    words, so that spacing does not count.
    """
    if message.tool_calls:
        calls = [{"name": call.name, "arguments": _parsed_or_text(call.arguments)} for call in message.tool_calls]
        return Answer(AnswerKind.TOOL_CALL, canonical_json(calls).decode())
    text = message.text.strip()
    value = _json_container(text)
    if value is not None:
        return Answer(AnswerKind.JSON, canonical_json(value).decode())
    words = " ".join(text.split())
    kind = AnswerKind.SHORT_TEXT if len(words) <= SHORT_TEXT_CHARS else AnswerKind.FREE_TEXT
    return Answer(kind, words)


def agree(one: Message, other: Message) -> bool:
    """Whether two answers have the same normal form."""
    return normal_form(one) == normal_form(other)


def _parsed_or_text(arguments: str) -> Any:
    try:
        return msgspec.json.decode(arguments)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return arguments


def _json_container(text: str) -> Any | None:
    """The object or array that the text is, or None: a bare ``12`` or ``true`` is a short text, not JSON."""
    if text.startswith("```") and text.endswith("```"):
        text = text.partition("\n")[2].removesuffix("```").strip()
    if not text or text[0] not in "{[":
        return None
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
