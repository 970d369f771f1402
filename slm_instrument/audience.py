"""Which calls talk to a person: a rule, where the code that makes them cannot say so."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from slm_instrument.errors import ConfigError
from slm_instrument.records import Call


@dataclass(frozen=True, slots=True)
class HumanRule:
    """Marks the calls that match a pattern as talking to a person: they are kept, and never analysed or trained on.

    A pattern is a shell glob (``*``, ``?``, ``[a-z]``; capitals count) over the name of the agent, as in
    ``concierge*``, or over a label, as in ``node=chat_*``.

    >>> HumanRule(("concierge*",)).on(Call(agent="concierge-de")).audience
    'human'

    Raises:
        ConfigError: a pattern is empty or has no name before its ``=``.
    """

    patterns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for pattern in self.patterns:
            if not pattern or pattern.startswith("="):
                raise ConfigError(f"{pattern!r} is no pattern: say AGENT or LABEL=VALUE, * and ? allowed")

    @classmethod
    def parse(cls, given: str | Iterable[str]) -> "HumanRule":
        """The rule of some patterns, or of a text that lists them with commas between, as a setting does."""
        if isinstance(given, str):
            given = (item.strip() for item in given.split(",") if item.strip())
        return cls(tuple(given))

    def on(self, call: Call) -> Call:
        """The call, marked when a pattern matches."""
        if (
            not self.patterns
            or call.audience == "human"
            or not any(_matches(call, pattern) for pattern in self.patterns)
        ):
            return call
        return replace(call, audience="human")


def _matches(call: Call, pattern: str) -> bool:
    name, is_label, glob = pattern.partition("=")
    if not is_label:
        return call.agent is not None and fnmatchcase(call.agent, pattern)
    value = call.labels.get(name)
    return value is not None and fnmatchcase(str(value), glob)
