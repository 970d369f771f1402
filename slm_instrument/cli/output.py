"""What the commands share: the store option, results on stdout, progress and remarks on stderr."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress as Bar, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from slm_instrument.config import current_user
from slm_instrument.progress import Listener, Progress

if TYPE_CHECKING:
    from slm_instrument.store import Store
    from slm_instrument.store.sql import SqlStore

WIDE = 200  # columns of a table that goes to a file or a pipe, where nothing should be folded

existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)
existing_folder = click.Path(exists=True, file_okay=False, path_type=Path)
folder = click.Path(file_okay=False, path_type=Path)
store_option = click.option("--store", "url", metavar="URL", help="The store [default: $SLM_INSTRUMENT_STORE].")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


def not_both(files: tuple[Path, ...], url: str | None) -> None:
    """Refuse files and a store at once.

    Raises:
        UsageError: both were given.
    """
    if files and url:
        raise click.UsageError("give FILES or --store, not both; `import` puts files into a store")


def show(result: RenderableType | dict[str, Any]) -> None:
    """Print a result: a table or text for people, or plain values as JSON."""
    if isinstance(result, dict):
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    console.print(result, highlight=False)


def say(line: str) -> None:
    """A remark on stderr, beside the result."""
    click.echo(line, err=True)


@contextmanager
def opened(url: str | None, *, create: bool = False, to_read: str | None = None) -> "Generator[SqlStore]":
    """The store of the option, closed afterwards; only jobs that write calls may create one.

    Args:
        url: The option.
        create: Make the database when there is none.
        to_read: The command, when it reads contents: that it does is written down first, or it may not.
    """
    from slm_instrument.store import open_store

    store = open_store(url, create=create)
    try:
        if to_read:
            audited(store, to_read)
        yield store
    finally:
        store.close()


def audited(store: "Store", action: str, subject: str = "*", **detail: Any) -> None:
    """Write down that somebody does something with the store."""
    from slm_instrument.store import AuditRecord

    store.add_audit(
        AuditRecord(at=datetime.now(UTC), who=current_user(), action=action, subject=subject, detail=detail)
    )


@contextmanager
def opened_whole(url: str | None, to_read: str) -> "Generator[SqlStore]":
    """The store of the option, after what killed processes left in the spool has been written to it."""
    from slm_instrument.capture import recover
    from slm_instrument.config import Settings

    with opened(url, to_read=to_read) as store:
        if found := recover(store, url or Settings.from_env().store):
            say(f"{found:,} calls that ended processes could not write were recovered from the spool")
        yield store


@contextmanager
def progress_bar(*, lines: bool = False) -> Generator[Listener | None]:
    """A listener that draws one bar a stage on a terminal; None in a pipe, or with ``lines`` one that says each stage.

    A job of many minutes should say where it is in a log, too; one of seconds would only fill it.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _stage_lines() if lines else None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console) as bar:
        stages: dict[str, TaskID] = {}

        def listen(progress: Progress) -> None:
            if not progress.total and not progress.done:
                return  # there is nothing to do: its bar would stay at 0 %
            if progress.stage not in stages:
                stages[progress.stage] = bar.add_task(progress.stage)
            elif not progress.done:  # the stage is gone through again, with other calls
                bar.reset(stages[progress.stage])
            bar.update(stages[progress.stage], completed=progress.done, total=progress.total or None)

        yield listen


def _stage_lines() -> Listener:
    """A listener that says a line when a stage begins."""
    last: list[str] = []

    def listen(progress: Progress) -> None:
        if not progress.done and last != [progress.stage]:
            say(f"{progress.stage} ...")
        last[:] = [progress.stage] if progress.done < progress.total else []

    return listen
