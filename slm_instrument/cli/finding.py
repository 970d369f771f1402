"""The commands that find tasks and show them: analyze, tasks, assignments."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from slm_instrument.cli.logs import format_option, say_held, say_skipped
from slm_instrument.cli.options import Moment, NewFile
from slm_instrument.cli.output import (
    audited,
    existing_file,
    json_option,
    not_both,
    opened,
    opened_whole,
    progress_bar,
    say,
    show,
    store_option,
)
from slm_instrument.scale import ENGINES
from slm_instrument.store.selecting import Selection

if TYPE_CHECKING:
    from slm_instrument.analyze.granularity import Granularity
    from slm_instrument.records import Call
    from slm_instrument.scale import Encoder, Engine
    from slm_instrument.store import Store


_QUOTED = 2  # calls of a task, of those that are typical of it


@click.command()
@click.argument("files", nargs=-1, type=existing_file)
@store_option
@format_option
@json_option
@click.option("--report", type=NewFile(), metavar="FILE.html", help="Write a page for a browser, too; it quotes calls.")
@click.option("--min-calls", default=5, show_default=True, type=click.IntRange(1), help="Fewest calls of a new task.")
@click.option(
    "--granularity",
    default="normal",
    show_default=True,
    type=click.Choice(["coarse", "normal", "fine"]),
    help="How much alike the prompts of one task are.",
)
@click.option("--anew", is_flag=True, help="Read all calls and find all tasks again, not only what is new.")
@click.option("--since", type=Moment(), metavar="WHEN", help="Only calls since then: 24h, 7d, or an ISO date and time.")
@click.option(
    "--engine",
    default="local",
    show_default=True,
    type=click.Choice(ENGINES),
    help="Where calls are read and embedded; ray: the cluster at $RAY_ADDRESS, or this machine's cores.",
)
@click.option(
    "--price-in", metavar="USD", help="What the LLM costs, per million tokens of input, whatever was recorded."
)
@click.option("--price-out", metavar="USD", help="The same of output.")
@click.option("--price-cached", metavar="USD", help="The same of input that the provider had cached.")
@click.option("--core-hour", metavar="USD", help="What an hour of a CPU core costs, for students [default: 0.05].")
@click.option(
    "--name-with",
    "model",
    metavar="MODEL",
    help="Let a language model name new tasks: MODULE:OBJECT, or a model as LangChain's init_chat_model takes it. It "
    "is sent each task's instruction, labels and two calls.",
)
def analyze(
    files: tuple[Path, ...],
    url: str | None,
    form: str,
    as_json: bool,
    report: Path | None,
    min_calls: int,
    granularity: "Granularity",
    anew: bool,
    since: datetime | None,
    engine: str,
    price_in: str | None,
    price_out: str | None,
    price_cached: str | None,
    core_hour: str | None,
    model: str | None,
) -> None:
    """Find the recurring tasks in the store's calls, or in those of FILES, which then need no store.

    Run again, it reads only what is new, and tasks keep their ids and names: fit for a nightly job.
    """
    from slm_instrument.analyze import analyze as find_tasks, check_installed
    from slm_instrument.analyze.cards.priced import at_prices
    from slm_instrument.analyze.cards.savings import prices_from_text, savings
    from slm_instrument.analyze.report import render_table, to_json, write_page
    from slm_instrument.cli.namers import namer_named

    not_both(files, url)
    prices = prices_from_text(price_in, price_out, price_cached, core_hour)
    namer = None if model is None else namer_named(model)
    check_installed()
    if engine == "local":  # the workers of a cluster may have what is not here
        _check_model()
    with (
        _files_as_store(files, form) if files else opened_whole(url, "analyze") as store,
        _at_work(engine) as (workers, embedder),
    ):
        if model is not None:
            audited(store, "name tasks", model=model)
        with progress_bar() as progress:
            analysis = find_tasks(
                store,
                min_calls=min_calls,
                embedder=embedder,
                engine=workers,
                anew=anew,
                since=since,
                granularity=granularity,
                namer=namer,
                progress=progress,
            )
            saved, analysis = savings(analysis.tasks, prices), at_prices(analysis, prices)
            if report is not None:
                audited(store, "report")
                write_page(report, analysis, store, embed=embedder, savings=saved, prices=prices, progress=progress)
        if since is None:  # else there are calls that were not asked for
            say_held(store.count_calls() - analysis.calls)
    show(to_json(analysis, saved) if as_json else render_table(analysis, saved))
    for remark in analysis.remarks:
        say(remark)
    if report is not None:
        say(f"{report}: the report; it quotes calls, so only you may read it")


@click.command()
@click.argument("task", required=False)
@click.option("--examples", is_flag=True, help="Quote two typical calls of TASK, too; that leaves an audit row.")
@click.option("--tree", is_flag=True, help="Applications, their agents, the agents' tasks, the tasks' variants.")
@store_option
@json_option
def tasks(task: str | None, examples: bool, tree: bool, url: str | None, as_json: bool) -> None:
    """List the tasks that the last analysis found, or show all that is known of TASK (id or name)."""
    from slm_instrument.analyze.report import tasks_table, tasks_to_json
    from slm_instrument.analyze.report.card import card, quoted
    from slm_instrument.analyze.report.tree import tasks_tree

    if tree and (task or as_json):
        raise click.UsageError("--tree shows all tasks, and for people: leave TASK and --json away")
    if examples and (not task or as_json):
        raise click.UsageError("--examples quotes calls of a TASK, and for people: leave --json away")
    calls: list[Call] = []
    with opened(url, to_read="tasks") as store:
        found = [store.find_task(task)] if task else store.tasks()
        if examples:
            audited(store, "examples", found[0].id)
            ids = found[0].typical[:_QUOTED]
            calls += store.iter_calls(Selection(ids=ids)) if ids else ()
    if as_json:
        show(tasks_to_json(found))
    elif task:
        show(card(found[0]))
        if calls:
            show(quoted(calls))
        elif examples:
            say("no call can be shown: its task has none on record, or they wait for `slm-instrument redact`")
    else:
        show(tasks_tree(found) if tree else tasks_table(found))


@click.command()
@store_option
def assignments(url: str | None) -> None:
    """Print the task of every analysed call, as JSON lines."""
    with opened(url) as store:
        for call_id, task_id in store.iter_assignments():
            click.echo(json.dumps({"call_id": call_id, "task_id": task_id}))


COMMANDS = (analyze, tasks, assignments)


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


def _check_model() -> None:
    from slm_instrument.analyze.embed import check_model  # it needs numpy: after the check for the extra

    check_model()


@contextmanager
def _at_work(engine: str) -> "Generator[tuple[Engine, Encoder]]":
    """The engine, and the embedder on it: one for the analysis and the report, so that its model is loaded once."""
    from slm_instrument.analyze.embed import SentenceEncoder
    from slm_instrument.scale import open_engine

    with open_engine(engine) as opened_engine:
        yield opened_engine, opened_engine.embedder(SentenceEncoder)
