"""Engines of the offline jobs: where work that falls into independent parts is done.

>>> with open_engine("local") as local:
...     list(local.map(len, ["a", "bcd"]))
[1, 3]
"""

from collections.abc import Generator
from contextlib import contextmanager

from slm_instrument.errors import ConfigError
from slm_instrument.scale.base import Encoder, Engine
from slm_instrument.scale.local import LocalEngine

__all__ = ["ENGINES", "Encoder", "Engine", "LocalEngine", "open_engine"]

ENGINES = ("local", "ray")


@contextmanager
def open_engine(of: Engine | str) -> Generator[Engine]:
    """The engine of that name, closed at the end; one that is given as such stays open.

    Raises:
        ConfigError: there is none of that name, or the cluster cannot be reached.
        MissingExtraError: the engine ``ray`` without the extra ``scale``.
    """
    if not isinstance(of, str):
        yield of
        return
    opened = _open(of)
    try:
        yield opened
    finally:
        opened.close()


def _open(name: str) -> Engine:
    if name == "local":
        return LocalEngine()
    if name == "ray":
        # Here: Ray takes a second to import.
        from slm_instrument.scale.ray import RayEngine

        return RayEngine()
    raise ConfigError(f"there is no engine {name}; there are: {', '.join(ENGINES)}")
