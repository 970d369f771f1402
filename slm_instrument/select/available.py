"""Where a model can be had from: this machine, the hub's cache on it, or the hub."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from slm_instrument.analyze.embed import HUB_MODEL, own_copy
from slm_instrument.hub import cached
from slm_instrument.select.catalogue import Model


@dataclass(frozen=True, slots=True)
class Place:
    """Where a model is; ``here`` when nothing has to be fetched."""

    name: str
    here: bool


def place_of(model: Model, reachable: Callable[[], bool]) -> Place | None:
    """Where a model can be had from, nearest first; None when it cannot.

    Args:
        model: one of the catalogue.
        reachable: whether the hub answers; asked only for models that are nowhere nearer.
    """
    if model.path is not None:
        return Place(model.path, here=True) if Path(model.path).exists() else None
    if model.name == HUB_MODEL and (folder := own_copy()) is not None:
        return Place(folder, here=True)
    if model.package is not None and importlib.util.find_spec(model.package.replace("-", "_")) is not None:
        return Place(f"package {model.package}", here=True)
    if cached(model.name):
        return Place("cache of the hub", here=True)
    return Place("hub", here=False) if reachable() else None
