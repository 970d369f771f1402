"""Texts of the log as a page may hold them: cut to a length, each kept once, nothing in them that acts.

The page sets texts as text, never as markup. What is left to guard against are characters that fool the reader or break
the file: control characters, those that turn the direction of writing, and halves of surrogate pairs are shown escaped.
"""

import re
from collections.abc import Sequence

TAIL = 1 / 3  # of a cut text is its end, where prompts tend to say what to do

_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

Shown = str | tuple[str, int, str]
"""A text, or the beginning of a long one, how many characters are left out, and its end."""


def visible(text: str) -> str:
    r"""The text with characters that cannot be seen written as ``\x00`` or ``\u202e``."""
    return _UNSHOWN.sub(lambda found: _escaped(ord(found.group())), text.replace("\r\n", "\n"))


def cut(text: str, limit: int) -> Shown:
    """The text for reading, at most ``limit`` characters of it."""
    if len(text) <= limit:
        return visible(text)
    tail = int(limit * TAIL)
    head = limit - tail
    return visible(text[:head]), len(text) - limit, visible(text[len(text) - tail :])


def fair_limit(lengths: Sequence[int], budget: int) -> int:
    """The limit at which texts of these lengths take the budget together: short ones leave their rest to the long."""
    left = budget
    for position, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - position)
        if length > share:
            return share
        left -= length
    return max(lengths, default=0)


class Texts:
    """Distinct texts of a page, by number."""

    def __init__(self) -> None:
        self.values: list[Shown] = []
        self._numbers: dict[Shown, int] = {}

    def add(self, text: str, limit: int) -> int:
        """The number of the text, cut to a limit."""
        shown = cut(text, limit)
        number = self._numbers.setdefault(shown, len(self.values))
        if number == len(self.values):
            self.values.append(shown)
        return number


def _escaped(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
