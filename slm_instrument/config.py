"""Settings of a process: one frozen dataclass, one table of environment names.

=============================  ==============================================  ================================
environment                    what                                            default
=============================  ==============================================  ================================
``SLM_INSTRUMENT_STORE``       address of the store (any SQLAlchemy URL)       ``sqlite:///slm_instrument.db``
``SLM_INSTRUMENT_APP``         name of the application that calls are of       none
``SLM_INSTRUMENT_HUMAN``       calls that talk to a person: ``agent*,label=glob`` none
``SLM_INSTRUMENT_DISABLED``    ``1`` stops recording and substitution at once  ``0``
``SLM_INSTRUMENT_FLAGS``       modes, over the store's: ``task=mode[:rate],…``  none
``SLM_INSTRUMENT_LLM_ONLY_TOOLS``  tools that no student may call: ``refund,delete_*``  none
``SLM_INSTRUMENT_QUEUE``       calls that may wait for the writer              ``10000``
``SLM_INSTRUMENT_REDACTION``   what is masked: a level, or levels per app       ``standard``
``SLM_INSTRUMENT_KEY``         the store's key, base64 of 32 bytes             that of the key file
``SLM_INSTRUMENT_KEY_FILE``    a file that holds it                            made beside the store
``SLM_INSTRUMENT_KEY_PROVIDER``  ``module:name`` of a key service's client     none
``SLM_INSTRUMENT_TEACHER_TERMS``  what limits on training do: refuse, warn, allow  ``warn``
``SLM_INSTRUMENT_TEACHER_TERMS_FILE``  your own rows of the table of terms      none
``SLM_INSTRUMENT_MODELS``      a file with models of your own to choose from   none
``SLM_INSTRUMENT_ENCODER``     a folder with all-MiniLM-L6-v2                  the package, or the hub's copy
=============================  ==============================================  ================================

``SLM_INSTRUMENT_DISABLED`` is read anew at every call (:func:`disabled`), so that a running process can be stopped;
everything else is read once.
"""

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from slm_instrument.errors import ConfigError

DEFAULT_STORE = "sqlite:///slm_instrument.db"
DEFAULT_QUEUE = 10_000
# US dollars for an hour of one CPU core: half of an AWS m7i.large (two vCPUs, on demand, us-east-1: $0.1008).
CORE_HOUR_USD = 0.05

_TRUE = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says, with the defaults filled in."""

    store: str = DEFAULT_STORE
    app: str | None = None
    human: str = ""
    flags: str = ""
    llm_only_tools: str = ""
    queue: int = DEFAULT_QUEUE
    redaction: str = ""
    key: str = field(default="", repr=False)
    key_file: str = ""
    key_provider: str = ""
    teacher_terms: str = ""
    teacher_terms_file: str = ""
    models: str = ""
    encoder: str = ""

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
            llm_only_tools=env.get("SLM_INSTRUMENT_LLM_ONLY_TOOLS", ""),
            queue=int(queue),
            redaction=env.get("SLM_INSTRUMENT_REDACTION", ""),
            key=env.get("SLM_INSTRUMENT_KEY", ""),
            key_file=env.get("SLM_INSTRUMENT_KEY_FILE", ""),
            key_provider=env.get("SLM_INSTRUMENT_KEY_PROVIDER", ""),
            teacher_terms=env.get("SLM_INSTRUMENT_TEACHER_TERMS", ""),
            teacher_terms_file=env.get("SLM_INSTRUMENT_TEACHER_TERMS_FILE", ""),
            models=env.get("SLM_INSTRUMENT_MODELS", ""),
            encoder=env.get("SLM_INSTRUMENT_ENCODER", ""),
        )


def disabled(env: Mapping[str, str] = os.environ) -> bool:
    """Whether the kill switch of this process is thrown."""
    return env.get("SLM_INSTRUMENT_DISABLED", "").lower() in _TRUE


def current_user() -> str:
    """Who runs this process, for what is kept of decisions."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user id without a name; a Windows service
        return "unknown"
