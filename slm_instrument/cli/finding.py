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
from slm_instrument.cli.options import GRANULARITIES, Moment, new_file
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
from slm_instrument.errors import ConfigError
from slm_instrument.scale import ENGINES

if TYPE_CHECKING:
    from slm_instrument.analyze.granularity import Granularity
    from slm_instrument.store import Store


@click.command()
@click.argument("files", nargs=-1, type=existing_file)
@store_option
@format_option
@json_option
@click.option("--report", type=new_file, metavar="FILE.html", help="Write a page for a browser, too; it quotes calls.")
@click.option("--min-calls", default=5, show_default=True, type=click.IntRange(1), help="Fewest calls of a new task.")
@click.option(
    "--granularity",
    default="normal",
    show_default=True,
    type=click.Choice(GRANULARITIES),
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
@click.option("--price-in", metavar="USD", help="What the LLM costs, per million tokens of input.")
@click.option("--price-out", metavar="USD", help="The same of output.")
@click.option("--price-cached", metavar="USD", help="The same of input that the provider had cached.")
@click.option("--core-hour", metavar="USD", help="What an hour of a CPU core costs, for students [default: 0.05].")
@click.option(
    "--name-with",
    "model",
    metavar="MODEL",
    help="Let a language model name new tasks: MODULE:OBJECT, or a model as LangChain's init_chat_model takes it. It is "
    "sent the task's instruction, labels and two calls.",
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
    from slm_instrument.analyze import analyze as find_tasks
    from slm_instrument.analyze.cards.savings import prices_from_text, savings
    from slm_instrument.analyze.report import render_table, to_json
    from slm_instrument.cli.namers import namer_named

    not_both(files, url)
    prices = prices_from_text(price_in, price_out, price_cached, core_hour)
    namer = None if model is None else namer_named(model)
    with (
        _files_as_store(files, form) if files else opened_whole(url, "analyze") as store,
        _engine_and_embedder(engine) as (opened_engine, embedder),
        progress_bar() as progress,
    ):
        if model is not None:
            audited(store, "name tasks with a model", model=model)
        analysis = find_tasks(
            store,
            min_calls=min_calls,
            embedder=embedder,
            engine=opened_engine,
            anew=anew,
            since=since,
            granularity=granularity,
            namer=namer,
            progress=progress,
        )
        found = savings(analysis.tasks, prices)
        if report is not None:
            from slm_instrument.analyze.report import write_page

            audited(store, "report")
            write_page(report, analysis, store, embed=embedder, savings=found, progress=progress)
        held = store.count_calls() - analysis.calls
    say_held(held)
    show(to_json(analysis, found) if as_json else render_table(analysis, found))
    for remark in analysis.remarks:
        say(remark)
    if report is not None:
        say(f"the report is {report}; it quotes calls, and only you may read it")
