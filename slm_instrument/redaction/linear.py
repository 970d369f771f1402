"""RE2, with types: patterns that no text can make slow, and sets of them that are looked for in one pass."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any, AnyStr, Generic, Protocol

_re2: Any = import_module("re2")

_SET_MEMORY = 32 << 20  # bytes that the automaton of a set may take before it starts anew


class Match(Protocol):
    """Where a pattern matched."""

    def span(self, group: int = 0, /) -> tuple[int, int]:
        """Start and end of a group; (-1, -1) when it took no part."""
        ...


class Linear(Generic[AnyStr]):
    """A pattern in RE2's syntax, on texts or on bytes of which each is a character (Latin-1).

    Raises:
        ValueError: RE2 cannot compile it; the text says why.
    """

    def __init__(self, pattern: AnyStr) -> None:
        try:
            self._compiled: Any = _re2.compile(pattern, _options(isinstance(pattern, bytes)))
        except _re2.error as e:
            reason = e.args[0] if e.args else "not a pattern of RE2"
            raise ValueError(reason.decode() if isinstance(reason, bytes) else str(reason)) from e
        self.groups: int = self._compiled.groups

    def matches(self, text: AnyStr) -> Iterator[Match]:
        """All matches, one after the other."""
        return self._compiled.finditer(text)

    def first(self, text: AnyStr, start: int) -> Match | None:
        """The first match from a position on."""
        return self._compiled.search(text, start)

    def is_in(self, text: AnyStr) -> bool:
        """Whether it matches anywhere."""
        return self._compiled.search(text) is not None


class LinearSet:
    """Many patterns on bytes, looked for at once."""

    def __init__(self, patterns: Iterable[bytes]) -> None:
        options = _options(latin=True)
        options.max_mem = _SET_MEMORY
        self._set: Any = _re2.Set.SearchSet(options)
        for pattern in patterns:
            self._set.Add(pattern)
        self._set.Compile()

    def present(self, raw: bytes) -> list[int]:
        """The numbers of the patterns that match somewhere, in no order."""
        return self._set.Match(raw) or []


def _options(latin: bool) -> Any:
    options = _re2.Options()
    options.log_errors = False
    if latin:
        options.encoding = _re2.Options.Encoding.LATIN1
    return options
