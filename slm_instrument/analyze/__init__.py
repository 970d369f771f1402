"""Find the recurring tasks in recorded calls: what an agent asks a language model over and over.

>>> from slm_instrument import open_store
>>> from slm_instrument.analyze import analyze
>>> analysis = analyze(open_store("sqlite:///calls.db"))  # doctest: +SKIP
>>> [task.name for task in analysis.tasks]  # doctest: +SKIP
['classify-intent-message', 'extract-order-details']
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from slm_instrument.analyze.result import Analysis, Share
from slm_instrument.errors import ConfigError, MissingExtraError
from slm_instrument.progress import Listener
from slm_instrument.store.protocol import Store

if TYPE_CHECKING:
    from slm_instrument.analyze.embed import Embedder

__all__ = ["Analysis", "Share", "analyze"]

_NEEDED = ("numpy", "hdbscan", "sentence_transformers")


def analyze(
    store: Store,
    *,
    min_calls: int = 5,
    embedder: "Embedder | None" = None,
    progress: Listener | None = None,
) -> Analysis:
    """Find the tasks in a store's calls and save them, with every call's task, as the store's current ones.

    A task that holds most of the calls of one that was found before keeps its id and name.

    Args:
        store: where the calls are, and where the tasks are written.
        min_calls: fewest calls of a task.
        embedder: what turns texts into vectors; all-MiniLM-L6-v2 by default.
        progress: told how far each stage is.

    Raises:
        NotEnoughDataError: the store has no calls.
        MissingExtraError: the extra ``analyze`` is not installed.
        ConfigError: ``min_calls`` is less than one, or the embedding model cannot be loaded.
        StoreError: the store cannot be read or written.
    """
    if min_calls < 1:
        raise ConfigError(f"min_calls is {min_calls}, not a positive number of calls")
    if any(find_spec(package) is None for package in _NEEDED):
        raise MissingExtraError("analyze", "finding tasks")
    # Here, so that listing tasks needs none of these packages.
    from slm_instrument.analyze.recipe import run

    return run(store, min_calls=min_calls, embedder=embedder, progress=progress)
