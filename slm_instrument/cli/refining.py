"""`slm-instrument refine`: students kept up to date, unattended."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from slm_instrument.cli.offline import STUDENTS, see_own_modules
from slm_instrument.cli.options import policy_options, training_options
from slm_instrument.cli.output import (
    folder,
    json_option,
    opened,
    opened_whole,
    progress_bar,
    show,
    store_option,
)
from slm_instrument.errors import MissingExtraError, SlmInstrumentError

if TYPE_CHECKING:
    from slm_instrument.train.family import Method, Precision


@click.command()
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@store_option
@click.option("--models", default="models", show_default=True, type=folder, help="Folder to put the students in.")
@click.option("--all", "every", is_flag=True, help="Look at tasks whose mode was never set, too.")
@click.option("--dry-run", is_flag=True, help="Say what is due and what is not, and why; analyse and train nothing.")
@click.option("--most", type=click.IntRange(min=1), metavar="N", help="Train N students at most, the most urgent ones.")
@click.option("--student", default="auto", show_default=True, type=click.Choice(STUDENTS), help="Family of students.")
@click.option(
    "--target",
    type=click.FloatRange(0.5, 0.999),
    help="Agreement to certify [default: as for the task's last student, 0.95 for a first one].",
)
@training_options
@policy_options
@json_option
def refine(
    tasks: tuple[str, ...],
    url: str | None,
    models: Path,
    every: bool,
    dry_run: bool,
    most: int | None,
    student: str,
    base: str | None,
    epochs: int | None,
    method: "Method",
    precision: "Precision",
    members: int,
    target: float | None,
    licences: tuple[str, ...],
    memory_mb: int | None,
    latency_ms: float | None,
    budget_minutes: float,
    teacher_terms: str | None,
    teacher_terms_file: Path | None,
    as_json: bool,
) -> None:
    """Analyse new calls, then train and certify a student for every task that is due.

    Due are tasks whose calls have doubled since their last training, whose student was demoted or retired, whose
    prompts have drifted, or which have none yet: of TASKs (ids or names), or of all whose mode is not off. New students
    are compared in shadow beside the old ones. Fit for cron: where another refinement is at work this one does nothing,
    and what was killed is gone on with.
    """
    try:
        from slm_instrument.refine import refine as refine_due
        from slm_instrument.refine.training import Training
        from slm_instrument.select import Policy
    except ModuleNotFoundError as error:
        raise MissingExtraError("train", "refining students") from error

    see_own_modules()
    training = Training(
        student=student,
        base=base,
        target=target,
        epochs=epochs,
        method=method,
        precision=precision,
        members=members,
        policy=Policy.of(
            licences, memory_mb=memory_mb, latency_ms=latency_ms, minutes=budget_minutes, precision=precision
        ),
        teacher_terms=teacher_terms,
        teacher_terms_file=teacher_terms_file,
    )
    store_of = opened(url, to_read="refine") if dry_run else opened_whole(url, "refine")
    with store_of as store, progress_bar() as progress:
        refinement = refine_due(
            store,
            models,
            tasks=tasks,
            every=every,
            dry_run=dry_run,
            most=most,
            training=training,
            progress=progress,
        )
    show(refinement.to_json() if as_json else refinement.summary())
    if refinement.failures:
        trained = sum(each.made is not None for each in refinement.tasks)
        raise SlmInstrumentError(f"{refinement.failures} of {trained} trainings failed")


COMMANDS = (refine,)
