"""The Hugging Face hub, as far as anything here must know: whether it answers, and what of it is on this machine.

Its own client tries a server that is not there again and again, for more than a minute, with a warning for every try.
So it is asked first.
"""

import os
from functools import cache
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_PATIENCE = 3.0  # seconds for the hub to answer


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
    """Whether a server answers there, whatever it says; proxies of the environment are used.

    By the standard library: which HTTP client comes with the hub's own changes from version to version.
    """
    try:
        urlopen(Request(address, method="HEAD"), timeout=_PATIENCE).close()
    except HTTPError:  # an answer, too
        return True
    except (OSError, HTTPException, ValueError):
        return False
    return True


def cached(name: str) -> bool:
    """Whether the hub's client has the model's configuration here, and with it most likely its weights."""
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return False
    try:
        return isinstance(try_to_load_from_cache(name, "config.json"), str)
    except ValueError:  # no name that a model of the hub could have, as a folder's
        return False
