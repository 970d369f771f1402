"""Find the recurring tasks in recorded calls: what an agent asks a language model over and over.

>>> from slm_instrument import open_store
>>> from slm_instrument.analyze import analyze
>>> analysis = analyze(open_store("sqlite:///calls.db"))  # doctest: +SKIP
>>> [task.name for task in analysis.tasks]  # doctest: +SKIP
['classify-intent-message', 'extract-order-details']
"""

from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING

from slm_instrument.analyze.result import Analysis, Share
from slm_instrument.errors import ConfigError, MissingExtraError
from slm_instrument.progress import Listener
from slm_instrument.store.protocol import Store

if TYPE_CHECKING:
    from slm_instrument.analyze.cards.naming import Namer
    from slm_instrument.analyze.embed import Embedder
    from slm_instrument.analyze.granularity import Granularity
    from slm_instrument.scale import Engine

__all__ = ["Analysis", "Share", "analyze", "check_installed"]

_NEEDED = ("numpy", "hdbscan", "sentence_transformers")


def analyze(
    store: Store,
    *,
    min_calls: int = 5,
    embedder: "Embedder | None" = None,
    engine: "Engine | str" = "local",
    anew: bool = False,
    since: datetime | None = None,
    granularity: "Granularity" = "normal",
    namer: "Namer | None" = None,
    progress: Listener | None = None,
) -> Analysis:
    """Find the tasks in a store's calls and save them, with every call's task, as the store's current ones.

    Calls that were analysed before are not read again: new ones are put to the tasks that are known, and what is left
    makes new tasks. An analysis that is killed goes on where it was when it is started again.

    Args:
        store: where the calls are, and where the tasks are written.
        min_calls: fewest calls of a new task.
        embedder: what turns texts into vectors; all-MiniLM-L6-v2 by default.
        engine: where the calls are read and embedded: ``local``, or ``ray`` on a Ray cluster, whose workers open the
            store by its address.
        anew: read all calls and find all tasks again, as after the agent has changed, or when the first analysis saw
            few calls. A task that holds most of the calls of one that was found before keeps its id and name.
        since: leave out calls that started before.
        granularity: ``coarse`` takes prompts for one task that say nearly the same, ``fine`` tells each version of a
            prompt apart. To change it for tasks that were found already, say ``anew``.
        namer: a language model that names tasks which this analysis is the first to name, as
            :func:`slm_instrument.analyze.cards.naming.namer_from` makes it. It is sent the instructions, the labels
            and two calls of each.
        progress: told how far each stage is.

    Raises:
        NotEnoughDataError: the store has no calls.
        MissingExtraError: the extra ``analyze`` is not installed, or ``scale`` for Ray.
        ConfigError: ``min_calls`` is less than one, the embedding model cannot be loaded, there is no such engine or
            granularity, or the tasks were found at another granularity; Ray and a store in memory.
        StoreError: the store cannot be read or written.
    """
    if min_calls < 1:
        raise ConfigError(f"min_calls is {min_calls}, not a positive number of calls")
    check_installed()
    # Here, so that listing tasks needs none of these packages.
    from slm_instrument.analyze.embed import check_model
    from slm_instrument.analyze.recipe import run
    from slm_instrument.scale import open_engine

    if embedder is None and engine == "local":  # the workers of a cluster may have what is not here
        check_model()
    with open_engine(engine) as opened:
        return run(
            store,
            min_calls=min_calls,
            embedder=embedder,
            engine=opened,
            anew=anew,
            since=since,
            granularity=granularity,
            namer=namer,
            progress=progress,
        )


def check_installed() -> None:
    """See that an analysis can run, before any work is done.

    Raises:
        MissingExtraError: the extra ``analyze`` is not installed.
    """
    if any(find_spec(package) is None for package in _NEEDED):
        raise MissingExtraError("analyze", "finding tasks")
