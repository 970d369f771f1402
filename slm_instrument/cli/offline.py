"""The offline jobs: analyze, tasks, assignments, train, replay."""

import json
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from slm_instrument.cli.logs import format_option, say_bad_lines, say_held, say_skipped
from slm_instrument.cli.output import (
    existing_file,
    existing_folder,
    folder,
    json_option,
    opened,
    opened_whole,
    progress_bar,
    show,
    store_option,
)
from slm_instrument.errors import NotEnoughDataError

if TYPE_CHECKING:
    from slm_instrument.interchange import BadLine
    from slm_instrument.records import Call
    from slm_instrument.store import Store


@click.command()
@click.argument("files", nargs=-1, type=existing_file)
@store_option
@format_option
@json_option
@click.option("--min-calls", default=5, show_default=True, type=click.IntRange(1), help="Fewest calls of a task.")
def analyze(files: tuple[Path, ...], url: str | None, form: str, as_json: bool, min_calls: int) -> None:
    """Find the recurring tasks in the store's calls, or in those of FILES, which then need no store."""
    from slm_instrument.analyze import analyze as find_tasks
    from slm_instrument.analyze.report import render_table, to_json

    _not_both(files, url)
    with _files_as_store(files, form) if files else opened_whole(url, "analyze") as store, progress_bar() as progress:
        analysis = find_tasks(store, min_calls=min_calls, progress=progress)
        say_held(store.count_calls() - analysis.calls)
    show(to_json(analysis) if as_json else render_table(analysis))


@click.command()
@store_option
@json_option
def tasks(url: str | None, as_json: bool) -> None:
    """List the tasks that the last analysis found."""
    from slm_instrument.analyze.report import tasks_table, tasks_to_json

    with opened(url, to_read="tasks") as store:
        found = store.tasks()
    show(tasks_to_json(found) if as_json else tasks_table(found))


@click.command()
@store_option
def assignments(url: str | None) -> None:
    """Print the task of every analysed call, as JSON lines."""
    with opened(url) as store:
        for call_id, task_id in store.iter_assignments():
            click.echo(json.dumps({"call_id": call_id, "task_id": task_id}))


@click.command()
@click.argument("task")
@store_option
@click.option("--out", default="models", show_default=True, type=folder, help="Folder to put the student in.")
@click.option("--student", default="auto", show_default=True, type=click.Choice(["auto", "classifier", "generator"]))
@click.option("--base", metavar="MODEL", help="Model to start from: a name on the hub or a folder.")
@click.option(
    "--target", default=0.95, show_default=True, type=click.FloatRange(0.5, 0.999), help="Agreement to certify."
)
@click.option(
    "--teacher-terms",
    type=click.Choice(["refuse", "warn", "allow"]),
    help="Where a teacher's terms limit training on its answers [default: $SLM_INSTRUMENT_TEACHER_TERMS, then warn].",
)
@click.option("--teacher-terms-file", type=existing_file, help="Your own rows of the table of terms, as TOML.")
@json_option
def train(
    task: str,
    url: str | None,
    out: Path,
    student: str,
    base: str | None,
    target: float,
    teacher_terms: str | None,
    teacher_terms_file: Path | None,
    as_json: bool,
) -> None:
    """Train a student for TASK (id or name) on the logged answers, export it to ONNX and certify it."""
    from slm_instrument.train import train as train_student

    with opened(url, to_read="train") as store, progress_bar() as progress:
        result = train_student(
            store,
            task,
            out=out,
            student=student,
            base=base,
            target=target,
            teacher_terms=teacher_terms,
            teacher_terms_file=teacher_terms_file,
            progress=progress,
        )
    show(result.to_json() if as_json else result.summary())


@click.command()
@click.argument("files", nargs=-1, type=existing_file)
@store_option
@click.option("--models", required=True, type=existing_folder, help="Folder of students.")
@json_option
def replay(files: tuple[Path, ...], url: str | None, models: Path, as_json: bool) -> None:
    """Run recorded calls (of FILES or of the store) through the students and compare with the recorded answers."""
    from slm_instrument.interchange import read_native
    from slm_instrument.runtime.replay import render_table, replay as replay_calls

    _not_both(files, url)
    bad: list[BadLine] = []
    with _calls_of(url, chain.from_iterable(read_native(file, on_bad=bad.append) for file in files), files) as calls:
        report = replay_calls(calls, models)
    say_bad_lines(bad[:20], len(bad))
    if not report.calls:
        raise NotEnoughDataError("there are no calls to replay")
    show(report.to_json() if as_json else render_table(report))


COMMANDS = (analyze, tasks, assignments, train, replay)


def _not_both(files: tuple[Path, ...], url: str | None) -> None:
    if files and url:
        raise click.UsageError("give FILES or --store, not both; `import` puts files into a store")


@contextmanager
def _calls_of(url: str | None, read: "Iterable[Call]", files: tuple[Path, ...]) -> "Generator[Iterable[Call]]":
    if files:
        yield read
        return
    with opened(url, to_read="replay") as store:
        yield store.iter_calls()


@contextmanager
def _files_as_store(files: tuple[Path, ...], form: str) -> "Generator[Store]":
    """A store that lives as long as the command: a log of gigabytes must not have to fit in memory."""
    from slm_instrument.interchange import import_files

    with (
        TemporaryDirectory(prefix="slm-instrument-") as scratch,
        opened(f"sqlite:///{scratch}/calls.db", create=True) as store,
    ):
        with progress_bar() as progress:
            report = import_files(store, files, format=form, progress=progress)
        say_skipped(report)
        yield store
