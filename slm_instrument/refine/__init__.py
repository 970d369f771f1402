"""Students kept up to date, unattended: what has become due is analysed, trained and certified (S5 of the loop, again).

>>> from slm_instrument import open_store
>>> from slm_instrument.refine import refine
>>> refinement = refine(open_store(), "models")  # doctest: +SKIP
>>> [(each.due.task_name, each.due.why, each.verdict) for each in refinement.tasks]  # doctest: +SKIP
[('classify-intent-message', 'new calls', 'CERTIFIED')]

What answers calls is not replaced by this: a new student is compared beside it in shadow, until evidence moves it or
somebody sets the task's mode again. Only where a mode was set by hand before there was any student, the first one takes
its place at once. Needs the extra ``train``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slm_instrument.errors import ConfigError, MissingExtraError
from slm_instrument.progress import Listener
from slm_instrument.store.protocol import Store

if TYPE_CHECKING:
    from slm_instrument.analyze.embed import Embedder
    from slm_instrument.refine.report import Refinement
    from slm_instrument.refine.training import Training

__all__ = ["refine"]


def refine(
    store: Store,
    models: Path | str = "models",
    *,
    tasks: Sequence[str] = (),
    every: bool = False,
    dry_run: bool = False,
    most: int | None = None,
    training: "Training | None" = None,
    embedder: "Embedder | None" = None,
    progress: Listener | None = None,
) -> "Refinement":
    """Analyse new calls, then train and certify a student for every task that is due.

    When a task is due is said in :mod:`slm_instrument.refine.due`. A task whose training fails does not stop the
    others. A run that is killed is gone on with by the next one, and while one is at work on a store another does
    nothing. What became of every training is written into the store's audit log as ``refine``.

    Args:
        store: where the calls are.
        models: the models folder; new bundles become folders in it.
        tasks: ids or names of the only tasks to look at; these may be off. None: all that are in use.
        every: look at tasks that nobody has set a mode for, too; those that are set to ``off`` stay left out.
        dry_run: say what is due and why, and change nothing: new calls are not analysed first.
        most: how many students to train at most; the others stay due.
        training: how to train; as :func:`slm_instrument.train.train` does by default.
        embedder: what turns texts into vectors, for the analysis and for drift; all-MiniLM-L6-v2 by default.
        progress: told how far each stage is.

    Raises:
        ConfigError: ``most`` is less than one.
        NotFoundError: there is no such task, or several of that name.
        InputError: the models folder cannot be written.
        MissingExtraError: the extra ``train`` is not installed.
        StoreError: the store cannot be read or written.
    """
    if most is not None and most < 1:
        raise ConfigError(f"most is {most}, not a positive number of trainings")
    try:
        from slm_instrument.refine.recipe import Order, run
        from slm_instrument.refine.training import Training
    except ModuleNotFoundError as error:
        raise MissingExtraError("train", "refining students") from error
    order = Order(
        models=Path(models),
        tasks=tuple(tasks),
        every=every,
        most=most,
        training=training or Training(),
        embedder=embedder,
        listener=progress,
    )
    return run(store, order, dry_run=dry_run)
