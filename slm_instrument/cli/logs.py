"""The commands that bring call logs in and out: import, export."""

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slm_instrument.cli.output import existing_file, opened, opened_whole, progress_bar, say, store_option
from slm_instrument.errors import NotEnoughDataError
from slm_instrument.store import EVERY_CALL, Selection

if TYPE_CHECKING:
    from slm_instrument.interchange import BadLine, ExportReport, ImportReport

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
    others = f", {report.passed:,} other records passed over" if report.passed else ""
    click.echo(
        f"{report.read:,} calls read, {report.added:,} added, {report.already_there:,} already there, "
        f"{report.bad:,} bad lines skipped{others}"
    )


@click.command()
@click.argument("task", required=False)
@click.option("--format", "form", required=True, type=click.Choice(["native", "openai"]), help="What to write.")
@store_option
@click.option(
    "--out",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Where to; .gz and .zst are compressed [default: stdout].",
)
@click.option("--include-human", is_flag=True, help="Also examples of calls that talk to a person.")
def export(task: str | None, form: str, url: str | None, out: Path | None, include_human: bool) -> None:
    """Write the calls of TASK (id or name), or all, as JSON lines: native, or OpenAI's fine-tuning examples."""
    from slm_instrument.interchange import export_calls

    to_stdout = out is None or str(out) == "-"
    with opened_whole(url, "export") as store, nullcontext() if to_stdout else progress_bar() as progress:
        where = Selection(task_id=store.find_task(task).id) if task else EVERY_CALL
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


def say_held(calls: int) -> None:
    """What could not be read because redaction is not through with it."""
    if calls > 0:
        say(f"{calls:,} calls are held back until `slm-instrument redact` has looked through them")


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
    say(f"{report.written:,} calls written" + (f"; left out: {reasons}" if reasons else ""))


COMMANDS = (import_, export)
