"""Where a model can be had from: this machine, the hub's cache on it, or the hub."""

import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from slm_instrument.select.catalogue import Model

OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_PATIENCE = 3.0  # seconds for the hub to answer


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
    if model.package is not None and importlib.util.find_spec(model.package.replace("-", "_")) is not None:
        return Place(f"package {model.package}", here=True)
    if _cached(model.name):
        return Place("cache of the hub", here=True)
    return Place("hub", here=False) if reachable() else None


@cache
def hub_reachable() -> bool:
    """Whether the Hugging Face hub, or what ``$HF_ENDPOINT`` names in its place, answers; asked once a process."""
    if any(os.environ.get(name, "").lower() in ("1", "true", "yes", "on") for name in OFFLINE):
        return False
    try:
        from huggingface_hub.constants import ENDPOINT
    except ImportError:
        return False
    return answers(ENDPOINT)


def answers(address: str) -> bool:
    """Whether a server answers there, whatever it says; proxies of the environment are used."""
    import httpx

    try:
        httpx.head(address, timeout=_PATIENCE)
    except httpx.HTTPError:
        return False
    return True


def _cached(name: str) -> bool:
    """Whether the hub's client has the model's configuration, and with it most likely its weights."""
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return False
    return isinstance(try_to_load_from_cache(name, "config.json"), str)
