"""Answers whose strings are copied: inside a JSON string, only what goes on with a piece of the prompt may be said.

In extraction and tool calls nearly every string value is a piece of the prompt (97.6 % on AutoCodeRover's extraction),
and what a small model gets wrong are most often those: "wireless mice" became "wiresters". Held to the prompt, it
cannot mangle a name half way; it can still choose a wrong one, and its own probabilities go on saying how sure it was.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from slm_instrument.runtime.generator.form import escaped

_QUOTE, _BACKSLASH, _OBJECT, _ARRAY = b'"'[0], b"\\"[0], b"{"[0], b"["[0]
_CLOSING, _COMMA, _COLON = b"}]", b","[0], b":"[0]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a JSON text one is. ``open`` are the brackets around it, ``said`` the string that it is in, as written.

    ``said`` is None between strings; ``key`` tells that the string, or the next one, is an object's key.
    """

    open: bytes = b""
    said: bytes | None = None
    key: bool = False
    escape: bool = False

    def after(self, byte: int) -> "Place":
        """The place behind one more byte."""
        if self.said is not None:
            return self._in_string(byte, self.said)
        if byte == _QUOTE:
            return Place(self.open, b"", self.key)
        if byte in (_OBJECT, _ARRAY):
            return Place(self.open + bytes([byte]), None, byte == _OBJECT)
        if byte in _CLOSING:
            return Place(self.open[:-1])
        if byte == _COMMA:
            return Place(self.open, None, self.open[-1:] == b"{")
        return Place(self.open) if byte == _COLON else self

    def _in_string(self, byte: int, said: bytes) -> "Place":
        if self.escape:
            return Place(self.open, said + bytes([byte]), self.key)
        if byte == _QUOTE:
            return Place(self.open)
        return Place(self.open, said + bytes([byte]), self.key, byte == _BACKSLASH)


class Copying:
    """Holds one answer's string values to its prompt, and to values that the task knows.

    Args:
        prompt: The slots.
        known: Values that need not stand in the prompt.
        piece: The bytes of a token.
    """

    def __init__(self, prompt: str, known: Iterable[str], piece: Callable[[int], bytes]) -> None:
        # Joined by what no JSON string holds as it is, so that no piece reaches over a border.
        self._source = "\n".join(map(escaped, (prompt, *known))).encode("utf-8", "replace")
        self._piece = piece
        self._place = Place()
        self._astray = False

    def may(self, token: int) -> bool:
        """Whether every string value would still be a piece of the source behind that token."""
        place, astray = self._place, self._astray
        for byte in self._piece(token):
            before, place = place, place.after(byte)
            astray = astray and place.said is not None
            if place.said is None or place.key or astray or place.said == before.said:
                continue
            # An escape is looked up when it is whole.
            if not place.escape and place.said not in self._source:
                return False
        return True

    def say(self, token: int) -> None:
        """Go on behind a token."""
        for byte in self._piece(token):
            self._place = self._place.after(byte)
            self._astray = self._astray and self._place.said is not None

    def stray(self) -> None:
        """Give the string up that one is in: nothing that the model finds likely goes on with it."""
        self._astray = True
