"""Settings of a process: one frozen dataclass, one table of environment names.

=============================  ==============================================  ================================
environment                    what                                            default
=============================  ==============================================  ================================
``SLM_INSTRUMENT_STORE``       address of the store (any SQLAlchemy URL)       ``sqlite:///slm_instrument.db``
``SLM_INSTRUMENT_APP``         name of the application that calls are of       none
``SLM_INSTRUMENT_HUMAN``       calls that talk to a person: ``agent*,label=glob`` none
``SLM_INSTRUMENT_DISABLED``    ``1`` stops recording and substitution at once  ``0``
``SLM_INSTRUMENT_FLAGS``       modes, over the store's: ``task=mode[:rate],…``  none
``SLM_INSTRUMENT_QUEUE``       calls that may wait for the writer              ``10000``
=============================  ==============================================  ================================

``SLM_INSTRUMENT_DISABLED`` is read anew at every call (:func:`disabled`), so that a running process can be stopped;
everything else is read once.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from slm_instrument.errors import ConfigError

DEFAULT_STORE = "sqlite:///slm_instrument.db"
DEFAULT_QUEUE = 10_000

_TRUE = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says, with the defaults filled in."""

    store: str = DEFAULT_STORE
    app: str | None = None
    human: str = ""
    flags: str = ""
    queue: int = DEFAULT_QUEUE

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the table above.

        Raises:
            ConfigError: a number that is none.
        """
        queue = env.get("SLM_INSTRUMENT_QUEUE", str(DEFAULT_QUEUE))
        if not queue.isdecimal() or int(queue) < 1:
            raise ConfigError(f"SLM_INSTRUMENT_QUEUE is {queue!r}, not a positive number of calls")
        return cls(
            store=env.get("SLM_INSTRUMENT_STORE") or DEFAULT_STORE,
            app=env.get("SLM_INSTRUMENT_APP") or None,
            human=env.get("SLM_INSTRUMENT_HUMAN", ""),
            flags=env.get("SLM_INSTRUMENT_FLAGS", ""),
            queue=int(queue),
        )


def disabled(env: Mapping[str, str] = os.environ) -> bool:
    """Whether the kill switch of this process is thrown."""
    return env.get("SLM_INSTRUMENT_DISABLED", "").lower() in _TRUE
