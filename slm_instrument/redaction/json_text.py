"""Findings inside a text that is JSON, put in place so that it stays JSON, with its own spaces and order."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from slm_instrument.redaction.findings import Finding

_SPACE = " \t\r\n"
_LITERAL = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"([ \t\r\n]*:)?|-?\d[\d.eE+-]*', re.DOTALL)

_Change = tuple[int, int, str]


class Inside(Protocol):
    """What is asked about the strings and numbers inside a JSON text."""

    def replaced(self, type: str, text: str) -> str:
        """What stands in place of a finding."""
        ...

    def decoded(self, text: str) -> str:
        """A string that has escapes in JSON, redacted."""
        ...

    def field(self, key: str, value: str) -> str | None:
        """The type of a value that is personal or secret by its field's name."""
        ...


def is_json(text: str) -> bool:
    """Whether the text is a JSON object or array."""
    inner = text.strip(_SPACE)
    if len(inner) < 2 or inner[0] + inner[-1] not in ("{}", "[]"):
        return False
    try:
        msgspec.json.decode(inner, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return False
    return True


def redact_json(text: str, findings: Sequence[Finding], inside: Inside) -> str:
    """The JSON text with the findings replaced within its strings and numbers; the same object when there are none.

    ``findings`` lie in the raw characters of the text, sorted, apart. A string with escapes is decoded and given to
    ``inside.decoded`` instead. A number of which a part was found becomes a string.
    """
    out: list[str] = []
    at = 0
    for start, end, new in _changes(text, findings, inside):
        out += (text[at:start], new)
        at = end
    return "".join((*out, text[at:])) if out else text


def _changes(text: str, findings: Sequence[Finding], inside: Inside) -> Iterator[_Change]:
    key = ""
    next_finding = 0
    for literal in _LITERAL.finditer(text):
        while next_finding < len(findings) and findings[next_finding].end <= literal.start():
            next_finding += 1
        is_key = literal[2] is not None
        within = _within(findings, next_finding, literal)
        if literal[1] is None:
            yield from _number(literal, key, within, inside)
        else:
            yield from _string(literal, "" if is_key else key, within, inside)
        if is_key:
            key = literal[1]


def _within(findings: Sequence[Finding], first: int, literal: re.Match[str]) -> list[Finding]:
    start, end = literal.span(1 if literal[1] is not None else 0)
    found: list[Finding] = []
    while first < len(findings) and findings[first].start < end:
        finding = findings[first]
        clipped = Finding(max(finding.start, start), min(finding.end, end), finding.type, finding.score)
        if clipped.start < clipped.end:
            found.append(clipped)
        first += 1
    return found


def _number(literal: re.Match[str], key: str, found: list[Finding], inside: Inside) -> Iterator[_Change]:
    type = (inside.field(key, literal[0]) if key else None) or (found[0].type if found else None)
    if type:
        yield literal.start(), literal.end(), _quoted(inside.replaced(type, literal[0]))


def _string(literal: re.Match[str], key: str, found: list[Finding], inside: Inside) -> Iterator[_Change]:
    start, end = literal.span(1)
    raw = literal[1]
    value: str = json.loads(literal[0].rstrip(_SPACE + ":"), strict=False) if "\\" in raw else raw
    type = inside.field(key, value) if key else None
    if type:
        yield start, end, _escaped(inside.replaced(type, value))
    elif value is raw:
        for finding in found:
            new = _escaped(inside.replaced(finding.type, raw[finding.start - start : finding.end - start]))
            yield finding.start, finding.end, new
    else:
        new = inside.decoded(value)
        if new is not value:
            yield start, end, _escaped(new)


def _escaped(text: str) -> str:
    return _quoted(text)[1:-1]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
