"""Replaces what recognisers find in the texts of a value, the only way in to stage one.

The shape of the value stays: the same keys in the same order; JSON inside texts stays JSON with its own formatting.
Roles, types, ids and the names of tools are left alone. What cannot be looked through is withheld, never let through.
"""

import itertools
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from slm_instrument.canonical import faithful_json
from slm_instrument.errors import SlmInstrumentError
from slm_instrument.redaction.find import field_type, find
from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.json_text import is_json, redact_json
from slm_instrument.redaction.placeholders import WITHHELD
from slm_instrument.redaction.policy import Level, Policy

Replace = Callable[[str, str], str]
"""Given a finding's type and text: what stands there instead."""

_DEEPEST = 100  # levels of a value, or of JSON in JSON; what lies deeper is withheld
_DEEPEST_JSON = 8
_SMALLEST_NUMBER = 10_000_000  # a shorter one is neither card nor phone, whatever its field is called
_NOTHING: frozenset[str] = frozenset()
_PART_TYPES = frozenset({"tool_use", "tool_result", "tool_call", "function_call", "function_call_output", "function"})
_PART_FIXED = frozenset({"type", "id", "name", "tool_use_id", "tool_call_id", "call_id"})
_TOOL_FIELDS = ("arguments", "parameters", "description")
_MESSAGE_FIXED = frozenset({"role", "id", "name", "tool_call_id"})
_BINARY = re.compile(r"(?:data:[\w.+/-]{1,160}(?:;[\w.+-]{1,40}=[\w.+-]{1,80}){0,4};base64,)?[A-Za-z\d+/_-]+={0,2}")
_SHORTEST_BINARY = 1024  # characters; a key or a token is shorter

_ESCAPE = "\\u"
_NUMBER = re.compile(r"-?\d+")
_BEFORE_NUMBER = re.compile(r'(\\{0,8}")\s{0,4}:\s{0,4}$')
_AFTER_NUMBER = re.compile(r"\s{0,40}[,}\]]")

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_log = logging.getLogger("slm_instrument")


class Withheld:
    """Counts texts that could not be looked through; the first is logged."""

    def __init__(self) -> None:
        self._counter = itertools.count(1)
        self.count = 0

    def add(self, error: Exception) -> None:
        """One more. The error's own text is left out of the log: it may quote the text that was looked through."""
        self.count = next(self._counter)
        if self.count == 1:
            _log.error("redaction: a text was withheld, since looking through it failed (%s)", type(error).__name__)


withheld = Withheld()


def redact(value: Any, policy: Policy, replace: Replace) -> Any:
    """The value with ``replace(type, text)`` in place of all that the policy has found; the same object if nothing is.

    ``value`` is what :meth:`~slm_instrument.records.Message.to_openai` gives, or tools, params, labels, a text.
    """
    if policy.level is Level.OFF:
        return value
    try:
        return _Walk(policy, replace).value(value, "", 0)
    except SlmInstrumentError:  # of ``replace``: the store's key is missing
        raise
    except Exception as e:  # what nobody foresaw costs the texts of this value, and lets none of them through
        withheld.add(e)
        return _withheld(value)


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes through one value."""

    policy: Policy
    replace: Replace

    def value(self, value: Any, key: str, depth: int) -> Any:
        if isinstance(value, str):
            return self.leaf(key, value)
        if value is None or isinstance(value, bool | float):
            return value
        if depth > _DEEPEST:
            return WITHHELD
        if isinstance(value, int):
            return self.number(key, value)
        if isinstance(value, Mapping):
            return self.mapping(cast("Mapping[Any, Any]", value), depth)
        if isinstance(value, list | tuple):
            return self.sequence(cast("Sequence[Any]", value), key, depth)
        return self.other(value, key, depth)

    def mapping(self, value: Mapping[Any, Any], depth: int) -> Mapping[Any, Any]:
        fixed = _fixed_fields(value)
        out: dict[Any, Any] = {}
        changed = False
        for key, item in value.items():
            name = str(key)
            new_name = name if name.isidentifier() else self.text(name)
            while new_name is not name and new_name in out:
                new_name += "'"
            # A name is looked through all the same: what looks like a tool may be its arguments.
            kept = (
                key in fixed and isinstance(item, str) and (key != "name" or "role" in value or self.text(item) is item)
            )
            new = item if kept else self.value(item, name, depth + 1)
            changed = changed or new is not item or new_name is not name
            out[key if new_name is name else new_name] = new
        return out if changed else value

    def sequence(self, value: Sequence[Any], key: str, depth: int) -> Sequence[Any]:
        out = [self.value(item, key, depth + 1) for item in value]
        return out if any(new is not old for new, old in zip(out, value, strict=True)) else value

    def number(self, key: str, value: int) -> int | str:
        text = str(value) if abs(value) < 2**128 else hex(value)
        type = field_type(key, text, self.policy) if key else None
        if type is None and abs(value) >= _SMALLEST_NUMBER:
            new = self.text(text)
            return value if new is text else new
        return self.replace(type, text) if type else value

    def other(self, value: Any, key: str, depth: int) -> Any:
        """What JSON cannot say as it is: looked through in the form in which it will be written."""
        said = msgspec.json.decode(faithful_json(value))
        new = self.value(said, key, depth + 1)
        return value if new is said else new

    def leaf(self, key: str, value: str) -> str:
        type = field_type(key, value, self.policy) if key else None
        return self.replace(type, value) if type else self.text(value)

    def text(self, text: str, depth: int = 0) -> str:
        """A text redacted; the same object when nothing was found."""
        if _is_binary(text):
            return text
        try:
            findings = find(text, self.policy)
            # Escapes in JSON may hide what is found once they are read.
            as_json = (findings or _ESCAPE in text) and is_json(text)
        except Exception as e:
            withheld.add(e)
            return WITHHELD
        if not as_json:
            return _replaced(text, findings, self.replace) if findings else text
        return redact_json(text, findings, _Inside(self, depth)) if depth < _DEEPEST_JSON else WITHHELD


@dataclass(frozen=True, slots=True)
class _Inside:
    """Answers about what is inside a JSON text."""

    walk: _Walk
    depth: int

    def replaced(self, type: str, text: str) -> str:
        return self.walk.replace(type, text)

    def decoded(self, text: str) -> str:
        return self.walk.text(text, self.depth + 1)

    def field(self, key: str, value: str) -> str | None:
        return field_type(key, value, self.walk.policy)


def _is_binary(text: str) -> bool:
    """Whether a text is an image or the like in base64: nothing to be read, and often very long."""
    return len(text) >= _SHORTEST_BINARY and bool(_BINARY.fullmatch(text))


def _replaced(text: str, findings: Sequence[Finding], replace: Replace) -> str:
    out: list[str] = []
    at = 0
    for finding in findings:
        new = replace(finding.type, text[finding.start : finding.end])
        quote = _missing_quote(text, finding)
        out += (text[at : finding.start], quote, new, quote)
        at = finding.end
    return "".join((*out, text[at:]))


def _missing_quote(text: str, finding: Finding) -> str:
    """The quote that what stands for a number needs where the middle of a text looks like JSON."""
    before = _BEFORE_NUMBER.search(text, max(0, finding.start - 40), finding.start)
    if before is None or not _NUMBER.fullmatch(text, finding.start, finding.end):
        return ""
    return before[1] if _AFTER_NUMBER.match(text, finding.end) else ""


def _fixed_fields(value: Mapping[Any, Any]) -> frozenset[str]:
    """The fields of a message, a part of one, a tool or a tool call that say how it is built."""
    if isinstance(value.get("role"), str) and "content" in value:
        return _MESSAGE_FIXED - {"name"} if value["role"] == "user" else _MESSAGE_FIXED
    type = value.get("type")
    if isinstance(type, str) and type in _PART_TYPES:
        return _PART_FIXED
    if isinstance(value.get("name"), str) and any(field in value for field in _TOOL_FIELDS):
        return frozenset({"name"})
    return _NOTHING


def _withheld(value: Any) -> Any:
    """The shape of a value, with nothing in it but the roles of messages."""
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value).items()
        return {
            key: item if key == "role" and isinstance(item, str) and item in _ROLES else _withheld(item)
            for key, item in items
            if isinstance(key, str) and key.isidentifier()
        }
    if isinstance(value, list | tuple):
        return [_withheld(item) for item in cast("Sequence[Any]", value)]
    return WITHHELD if isinstance(value, str) else None
