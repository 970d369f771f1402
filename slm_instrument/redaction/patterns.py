r"""Recognisers as data: a pattern, what must hold for what it matches, and what must stand near it.

Patterns are RE2's, so that no text can make them slow. They see a text as one byte per character: ASCII as it is, other
spaces, hyphens and digits as the ASCII ones that they look like, what Latin-1 has beyond ASCII as it is, any other
character as a letter (``\xff``). What JSON inside a text escapes is read: line breaks (``\n``) as spaces, quotes as
quotes behind backticks. Every character keeps its place, so positions are the same in both forms.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.linear import Linear

Check = Callable[[str], bool]

BEFORE, AFTER = 64, 24  # characters in which a word of the context is looked for

_SHORT = 64  # characters

_FORM = "slm-instrument-form"
_LETTER = "\xff"
_STARS = "\u2022\u25cf\u2219\u2217\u204e\u2027"  # bullets, as masked digits are shown


def _closest(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(_ascii_twin, error.object[error.start : error.end])), error.end


def _ascii_twin(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category == "Zs":
        return " "
    if category == "Pd":
        return "-"
    if char in _STARS:
        return "*"
    if "\uff01" <= char <= "\uff5e":  # the wide forms of ASCII
        return chr(ord(char) - 0xFEE0)
    return _LETTER


codecs.register_error(_FORM, _closest)
_SPACES = bytes.maketrans(b"\xa0\xad", b" -")
_ESCAPED = re.compile(rb"\\{1,15}([nrt\"'/])")


def form(text: str) -> bytes:
    """The form in which patterns see a text: as many bytes as it has characters."""
    raw = text.encode("latin-1", _FORM)
    if not text.isascii():
        raw = raw.translate(_SPACES)
    return _ESCAPED.sub(_read, raw) if b"\\" in raw else raw


def _read(escaped: re.Match[bytes]) -> bytes:
    char, length = escaped[1], len(escaped[0])
    return b" " * length if char in b"nrt" else char.rjust(length, b"`")


def compiled(pattern: str) -> Linear[bytes]:
    """A pattern for texts in that form."""
    return Linear(pattern.encode("latin-1"))


@dataclass(frozen=True)
class Pattern:
    """What matches ``regex`` (its first group, where it has one) is of ``type``, where ``check`` says so.

    ``near``, another pattern, must be found in the characters before it or just behind it, capitals ignored.
    ``hint`` is a shorter pattern that is in every text in which ``regex`` is.
    """

    type: str
    regex: str
    check: Check | None = None
    near: str | None = None
    score: float = 0.9
    hint: str | None = None

    @property
    def hints(self) -> tuple[str, ...]:
        """Patterns of which one must be in the text."""
        return (self.hint or self.regex,)

    def find(self, text: str, raw: bytes) -> Iterable[Finding]:
        """All of it in a text, which is given in both forms."""
        if self.near is not None and not self._near.is_in(raw):
            return
        at = 0
        while match := self._compiled.first(raw, at):
            start, end = match.span(self._group)
            begin, at = match.span()
            if self._counts(text, raw, start, end):
                yield Finding(start, end, self.type, self.score)
            elif at - begin <= _SHORT:
                at = begin + 1  # what counts may begin within what does not
            if at >= len(raw):
                break

    def _counts(self, text: str, raw: bytes, start: int, end: int) -> bool:
        if end == start or _is_part_of_more(raw, start, end):
            return False
        return (self.check is None or self.check(text[start:end])) and self._is_near(raw, start, end)

    @cached_property
    def _compiled(self) -> Linear[bytes]:
        return compiled(self.regex)

    @cached_property
    def _group(self) -> int:
        return min(1, self._compiled.groups)

    @cached_property
    def _near(self) -> Linear[bytes]:
        return compiled(f"(?i){self.near}")

    def _is_near(self, raw: bytes, start: int, end: int) -> bool:
        if self.near is None:
            return True
        return self._near.is_in(raw[max(0, start - BEFORE) : start]) or self._near.is_in(raw[end : end + AFTER])


_MORE_BEFORE, _MORE_BEHIND = re.compile(rb"[\da-fA-F]-|\d\."), re.compile(rb"-[\da-fA-F]|\.\d")


def _is_part_of_more(raw: bytes, start: int, end: int) -> bool:
    """Whether digits go on behind a hyphen or a point: a part of a UUID, of a decimal number, of a version."""
    if not raw[start : start + 1].isdigit() or not raw[end - 1 : end].isdigit():
        return False
    return bool(_MORE_BEFORE.fullmatch(raw, max(0, start - 2), start) or _MORE_BEHIND.match(raw, end))
