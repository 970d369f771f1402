"""The commands that bring call logs in and out: import, export; and feedback on calls."""

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slm_instrument.cli.output import existing_file, opened, opened_whole, progress_bar, say, store_option
from slm_instrument.counting import count_of
from slm_instrument.errors import NotEnoughDataError
from slm_instrument.store import EVERY_CALL, Selection

if TYPE_CHECKING:
    from slm_instrument.interchange import BadLine, ExportReport, ImportReport
    from slm_instrument.store import Task
    from slm_instrument.store.sql import SqlStore

_SHOWN = 10  # bad lines

format_option = click.option(
    "--format",
    "form",
    default="native",
    show_default=True,
    metavar="NAME",
    help="The files' format: native, openai, otlp, langsmith, langfuse, litellm; auto looks at every record.",
)


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=existing_file)
@store_option
@format_option
@click.option(
    "--human",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="Calls of agents of this name talk to a person (* and ? allowed; LABEL=VALUE looks at a label). May repeat.",
)
@click.option("--strict", is_flag=True, help="Stop at the first bad line instead of skipping it.")
def import_(files: tuple[Path, ...], url: str | None, form: str, patterns: tuple[str, ...], strict: bool) -> None:
    """Read logged calls from FILES (JSON lines, JSON, .csv; .gz, .zst) into the store."""
    from slm_instrument.audience import HumanRule
    from slm_instrument.interchange import format_named, import_files

    format_named(form)  # before a database is made
    human = HumanRule(patterns)
    with opened(url, create=True) as store, progress_bar() as progress:
        report = import_files(store, files, format=form, human=human, strict=strict, progress=progress)
    say_skipped(report)
    others = f", {count_of(report.passed, 'other record')} passed over" if report.passed else ""
    click.echo(
        f"{count_of(report.read, 'call')} read, {report.added:,} added, {report.already_there:,} already there, "
        f"{count_of(report.bad, 'bad line')} skipped{others}"
    )


@click.command()
@click.argument("files", nargs=-1, required=True, type=existing_file)
@store_option
@click.option("--name", "names", multiple=True, metavar="NAME", help="Take scores of this name, too. May repeat.")
@click.option("--good-from", default=0.5, show_default=True, help="The score from which a call went well.")
@click.option("--strict", is_flag=True, help="Stop at the first bad line instead of skipping it.")
def feedback(files: tuple[Path, ...], url: str | None, names: tuple[str, ...], good_from: float, strict: bool) -> None:
    """Read from FILES how calls went: JSON lines with call_id or trace_id, and good; scores of Langfuse and LangSmith.

    Students neither learn from calls that went badly nor are measured on them.
    """
    from slm_instrument.interchange.feedback import import_feedback

    with opened(url) as store:
        report = import_feedback(store, files, names=names, good_from=good_from, strict=strict)
    say_bad_lines(report.bad_lines[:_SHOWN], len(report.bad_lines))
    if report.passed:
        others = ", ".join(f"{name} ({count:,})" for name, count in sorted(report.passed.items()))
        say(f"scores passed over, for nobody says whether more is better: {others}; name those that are with --name")
    if not report.read:
        raise NotEnoughDataError("no line of the input is feedback that can be taken")
    click.echo(f"{count_of(report.read, 'judgement')} read")
    if report.unknown:
        say(
            f"{report.unknown:,} of them name no call or trace that is in the store; "
            "they are kept, and count when their calls come"
        )


@click.command()
@click.argument("task", required=False)
@click.option(
    "--format",
    "form",
    default="native",
    show_default=True,
    type=click.Choice(["native", "openai"]),
    help="What to write.",
)
@store_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Where to; .gz and .zst are compressed [default: stdout].",
)
@click.option("--include-human", is_flag=True, help="Also examples of calls that talk to a person.")
@click.option(
    "--split",
    type=click.Choice(["training", "validation", "calibration", "test"]),
    help="Only what `train` would use for that: curated, one call for each input, nothing held out in the training.",
)
def export(
    task: str | None, form: str, url: str | None, out: Path | None, include_human: bool, split: str | None
) -> None:
    """Write the calls of TASK (id or name), or all, as JSON lines: native, or OpenAI's fine-tuning examples."""
    from slm_instrument.interchange import export_calls

    if split and not task:
        raise click.UsageError("--split needs a TASK")
    to_stdout = out is None or str(out) == "-"
    with opened_whole(url, "export") as store, nullcontext() if to_stdout else progress_bar() as progress:
        where = Selection(task_id=store.find_task(task).id) if task else EVERY_CALL
        if task and split:
            where = _curated(store, store.find_task(task), split)
        total = store.count_calls(where)
        report = export_calls(
            store.iter_calls(where),
            sys.stdout.buffer if out is None or to_stdout else out,
            form,
            include_human=include_human,
            progress=progress,
            total=total,
        )
        say_held(total - report.written - sum(report.left_out.values()))
        if unseen := store.count_unseen():
            say(f"{unseen:,} texts of the store were not looked through for names: `slm-instrument redact` does that")
    _say_exported(report)


def _curated(store: "SqlStore", task: "Task", split: str) -> Selection:
    """The calls of a split of the task's dataset, which is made and noted as for a training."""
    from slm_instrument.config import Settings
    from slm_instrument.curate import build_dataset
    from slm_instrument.curate.terms import TeacherTerms

    settings = Settings.from_env()
    terms = TeacherTerms.of(settings.teacher_terms, settings.teacher_terms_file)
    dataset = build_dataset(store, task, terms=terms)
    sizes = ", ".join(f"{len(held):,} {name}" for name, held in dataset.splits.items())
    say(f"version {dataset.record.version} of the task's dataset: {sizes}")
    return Selection(ids=tuple(sample.call_id for sample in dataset.splits[split]))


def say_held(calls: int) -> None:
    """What could not be read because redaction is not through with it."""
    if calls > 0:
        say(f"held back until `slm-instrument redact` has looked through them: {count_of(calls, 'call')}")


def say_skipped(report: "ImportReport") -> None:
    """What an import did not take, on stderr.

    Raises:
        NotEnoughDataError: it took nothing.
    """
    say_bad_lines(report.bad_lines, report.bad)
    if report.guessed:
        say(f"read as {', '.join(report.guessed)}")
    if report.read:
        return
    if report.bad:
        raise NotEnoughDataError("no line of the input is a call; is it of another --format?")
    raise NotEnoughDataError("no line of the input is a call")


def say_bad_lines(first: "Iterable[BadLine]", count: int) -> None:
    """The first bad lines on stderr, and how many more there are."""
    shown = list(first)
    for bad in shown:
        say(f"skipped {bad}")
    if count > len(shown):
        say(f"skipped {count - len(shown):,} more bad lines")


def _say_exported(report: "ExportReport") -> None:
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(report.left_out.items()))
    say(f"{count_of(report.written, 'call')} written" + (f"; left out: {reasons}" if reasons else ""))


COMMANDS = (import_, export, feedback)
