"""The commands that make students and try them: train, replay."""

import os
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slm_instrument.cli.logs import say_bad_lines
from slm_instrument.cli.options import policy_options, training_options
from slm_instrument.cli.output import (
    existing_file,
    existing_folder,
    folder,
    json_option,
    not_both,
    opened,
    progress_bar,
    say,
    show,
    store_option,
)
from slm_instrument.errors import MissingExtraError, NotEnoughDataError

if TYPE_CHECKING:
    from slm_instrument.interchange import BadLine
    from slm_instrument.train.family import Method, Precision


STUDENTS = ("auto", "nearest", "classifier", "pointer", "few-shot", "generator")


@click.command()
@click.argument("task")
@store_option
@click.option("--out", default="models", show_default=True, type=folder, help="Folder to put the student in.")
@click.option(
    "--student",
    default="auto",
    show_default=True,
    type=click.Choice(STUDENTS),
    help="Family of the student; auto: the cheapest that can be certified for most calls.",
)
@click.option("--comparator", metavar="SPEC", help="What counts as agreement [default: equal normal forms].")
@click.option("--teacher", metavar="MODEL", help="Local language model whose token probabilities a generator learns.")
@click.option(
    "--target", default=0.95, show_default=True, type=click.FloatRange(0.5, 0.999), help="Agreement to certify."
)
@training_options
@policy_options
@json_option
def train(
    task: str,
    url: str | None,
    out: Path,
    student: str,
    base: str | None,
    comparator: str | None,
    epochs: int | None,
    method: "Method",
    precision: "Precision",
    members: int,
    teacher: str | None,
    target: float,
    licences: tuple[str, ...],
    memory_mb: int | None,
    latency_ms: float | None,
    budget_minutes: float,
    teacher_terms: str | None,
    teacher_terms_file: Path | None,
    as_json: bool,
) -> None:
    """Train a student for TASK (id or name) on the logged answers, export it to ONNX and certify it."""
    from slm_instrument.train import train as train_student

    see_own_modules()

    try:
        from slm_instrument.select import Policy
    except ModuleNotFoundError as error:
        raise MissingExtraError("train", "training a student") from error
    policy = Policy.of(
        licences, memory_mb=memory_mb, latency_ms=latency_ms, minutes=budget_minutes, precision=precision
    )
    with opened(url, to_read="train") as store, progress_bar(lines=True) as progress:
        result = train_student(
            store,
            task,
            out=out,
            student=student,
            base=base,
            comparator=comparator,
            epochs=epochs,
            method=method,
            precision=precision,
            teacher=teacher,
            members=members,
            policy=policy,
            target=target,
            teacher_terms=teacher_terms,
            teacher_terms_file=teacher_terms_file,
            progress=progress,
        )
    show(result.to_json() if as_json else result.summary())


@click.command()
@click.argument("files", nargs=-1, type=existing_file)
@store_option
@click.option("--models", default="models", show_default=True, type=existing_folder, help="Folder of students.")
@json_option
def replay(files: tuple[Path, ...], url: str | None, models: Path, as_json: bool) -> None:
    """Run recorded calls (of FILES or of the store) through the students and compare with the recorded answers."""
    from slm_instrument.interchange import read_native
    from slm_instrument.runtime.lineage import Seen
    from slm_instrument.runtime.replay import render_table, replay as replay_calls

    not_both(files, url)
    see_own_modules()
    bad: list[BadLine] = []
    if files:
        report = replay_calls(chain.from_iterable(read_native(file, on_bad=bad.append) for file in files), models)
    else:
        with opened(url, to_read="replay") as store:
            seen = Seen(store, models)
            report = replay_calls(seen.counted(store.iter_calls()), models)
        for remark in seen.remarks():
            say(remark)
    say_bad_lines(bad[:20], len(bad))
    if not report.calls:
        raise NotEnoughDataError("there are no calls to replay")
    show(report.to_json() if as_json else render_table(report))


def see_own_modules() -> None:
    """Let a comparator named ``MODULE:OBJECT`` be found in the current folder."""
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())


COMMANDS = (train, replay)
