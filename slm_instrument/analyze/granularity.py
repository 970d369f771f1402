"""How fine the tasks are that an analysis tells apart."""

from dataclasses import dataclass
from typing import Literal, get_args

from slm_instrument.analyze.semantics import SAME
from slm_instrument.analyze.versions import SAME_WORDS
from slm_instrument.errors import ConfigError

Granularity = Literal["coarse", "normal", "fine"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grain:
    """From where on groups of calls are one task.

    ``same_meaning`` is a cosine of instructions, ``same_words`` the share of their words that two templates have in
    common where one stands in for the other; None: each version of a prompt is a task of its own.
    """

    same_meaning: float = SAME
    same_words: float | None = SAME_WORDS


NORMAL = Grain()
_GRAINS: dict[Granularity, Grain] = {
    "coarse": Grain(same_meaning=0.85, same_words=0.4),
    "normal": NORMAL,
    "fine": Grain(same_meaning=0.98, same_words=None),
}


def grain_of(granularity: str) -> Grain:
    """What a granularity means.

    Raises:
        ConfigError: there is none of that name.
    """
    for name in get_args(Granularity):
        if name == granularity:
            return _GRAINS[name]
    raise ConfigError(f"there is no granularity {granularity}; there are: {', '.join(_GRAINS)}")
