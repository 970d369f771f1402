"""A user's own pattern as a recogniser."""

from collections.abc import Iterator

from slm_instrument.errors import ConfigError
from slm_instrument.redaction.findings import Finding, is_type
from slm_instrument.redaction.linear import Linear


class PatternRecogniser:
    """Finds a pattern in RE2's syntax, which takes linear time: its first group where it has one, else all of it.

    Raises:
        ConfigError: a pattern that cannot be compiled, or a type that is not in capitals.
    """

    def __init__(self, type: str, pattern: str) -> None:
        if not is_type(type):
            raise ConfigError(f"redaction: {type!r} is not a type in capital letters, like EMPLOYEE_ID")
        try:
            self._pattern = Linear(pattern)
        except ValueError as e:
            raise ConfigError(f"redaction: the pattern of {type} cannot be used: {e}") from e
        self._type = type
        self._group = min(1, self._pattern.groups)

    def find(self, text: str) -> Iterator[Finding]:
        """All that match and are not empty."""
        for match in self._pattern.matches(text):
            start, end = match.span(self._group)
            if end > start:
                yield Finding(start, end, self._type)
