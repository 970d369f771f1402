"""The commands that take calls out again: erasure by origin, retention by age and amount."""

from typing import TYPE_CHECKING, Any

import click
from rich.table import Table

from slm_instrument.cli.output import audited, json_option, opened, say, show, store_option
from slm_instrument.config import current_user
from slm_instrument.counting import count_of
from slm_instrument.errors import ConfigError

if TYPE_CHECKING:
    from slm_instrument.privacy.erase import ErasureReport
    from slm_instrument.privacy.retain import Rule


@click.command()
@click.option("--origin", "origins", multiple=True, metavar="ID", help="Whose calls: the id as it was recorded.")
@click.option(
    "--bundles",
    type=click.Choice(["retire", "keep"]),
    default="retire",
    show_default=True,
    help="Take students that were made from those calls out of service, everywhere, or only report them.",
)
@click.option("--vacuum", is_flag=True, help="Write the database anew afterwards, also when no remains are found.")
@click.option("--resume", is_flag=True, help="Complete erasures that were broken off.")
@store_option
@json_option
@click.pass_context
def erase(
    context: click.Context, origins: tuple[str, ...], bundles: str, vacuum: bool, resume: bool, url: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Erase all calls of an origin (a user, session or tenant), and every text that no other call uses.

    Prints what was deleted, which datasets and students saw those calls, and that nothing of their texts is left in any
    file of the store. Exit status 1: the calls are deleted, and something is left to be cleaned up by the next run.
    """
    from slm_instrument.privacy import erase as job

    if not origins and not resume:
        raise click.UsageError("say whose calls: --origin ID, or --resume", context)
    with opened(url) as store:
        reports = job.resume(store, vacuum=vacuum) if resume else []
        if origins:
            reports.append(job.erase(store, origins, by=current_user(), bundles=bundles, vacuum=vacuum))
    if as_json:
        show({"erasures": [_erasure_json(report) for report in reports]})
    elif not reports:
        say("no erasure was broken off")
    else:
        for report in reports:
            _tell(report)
    return 0 if all(report.complete for report in reports) else 1


@click.group(invoke_without_command=True)
@store_option
@json_option
@click.pass_context
def retain(context: click.Context, url: str | None, as_json: bool) -> None:
    """Show how long calls are kept; `retain set` changes that, `retain run` deletes what is past it."""
    if context.invoked_subcommand:
        return
    from slm_instrument.privacy.retain import rules

    with opened(url) as store:
        found = rules(store)
    if as_json:
        show({"rules": [_rule_json(rule) for rule in found]})
        return
    table = Table("app", "days", "calls", "bytes", box=None, pad_edge=False, header_style="bold")
    for rule in found:
        bounds = (f"{rule.days:g}" if rule.days else "", *(f"{n:,}" if n else "" for n in (rule.calls, rule.bytes)))
        table.add_row(rule.app, *bounds)
    show(table)
    if not found:
        say("no rule: all calls are kept; set one with: slm-instrument retain set --days 30")


@retain.command("set")
@click.option("--app", default="*", show_default=True, help="The application; *: all that have no rule of their own.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="Keep calls for so long.")
@click.option("--calls", type=click.IntRange(min=1), help="Keep so many of the newest.")
@click.option(
    "--bytes", "size", type=click.IntRange(min=1), help="Keep the newest whose texts fit, as they are stored."
)
@click.option("--forever", is_flag=True, help="Keep all: the rule is taken away.")
@store_option
def retain_set(
    app: str, days: float | None, calls: int | None, size: int | None, forever: bool, url: str | None
) -> None:
    """Set how long the calls of an application are kept; whichever bound is reached first."""
    from slm_instrument.privacy.retain import Rule, remove_rule, set_rule

    if forever == any(bound is not None for bound in (days, calls, size)):
        raise ConfigError("say --days, --calls or --bytes, or else --forever")
    with opened(url) as store:
        if forever:
            remove_rule(store, app)
        else:
            set_rule(store, Rule(app=app, days=days, calls=calls, bytes=size), by=current_user())
        audited(store, "retain set", app, days=days, calls=calls, bytes=size)
    click.echo(f"{app}: {'kept forever' if forever else 'set; `slm-instrument retain run` deletes what is past it'}")


@retain.command("run")
@click.option("--every", type=click.FloatRange(min=1), metavar="SECONDS", help="Go on, once every so many seconds.")
@store_option
@json_option
def retain_run(every: float | None, url: str | None, as_json: bool) -> None:
    """Delete the calls that are past their rules, in small steps beside those who record.

    Students stay in service, and datasets still know whose calls they had, so that these can be erased later.
    """
    import time

    from slm_instrument.privacy.retain import run

    while True:
        with opened(url) as store:
            report = run(store)
            if report.calls:
                audited(store, "retain", calls=report.by_app)
        if as_json:
            show({"calls": report.calls, "by_app": report.by_app, "rows": report.rows, "seconds": report.seconds})
        else:
            texts = count_of(report.rows.get("contents", 0), "text")
            click.echo(f"{count_of(report.calls, 'call')} deleted, {texts} that no other uses")
        if every is None:
            return
        time.sleep(every)


COMMANDS = (erase, retain)


def _rule_json(rule: "Rule") -> dict[str, Any]:
    return {"app": rule.app, "days": rule.days, "calls": rule.calls, "bytes": rule.bytes}


def _erasure_json(report: "ErasureReport") -> dict[str, Any]:
    import msgspec

    return {**msgspec.to_builtins(report), "complete": report.complete}


def _tell(report: "ErasureReport") -> None:
    deleted, scrubbed = report.deleted, report.scrubbed
    rows = ", ".join(f"{count:,} {table}" for table, count in deleted.rows.items() if count)
    click.echo(f"erasure {report.id} of {report.origins[0]}: {rows or 'there were no calls of this origin'}")
    for dataset in deleted.datasets:
        click.echo(f"dataset {dataset.id} had {_splits(dataset.splits)} of its calls")
    for bundle in deleted.bundles:
        state = "out of service" if bundle.retired else "still in service"
        click.echo(f"student {bundle.id} ({bundle.path}, {bundle.verdict}) saw {_splits(bundle.splits)}: {state}")
    for task in deleted.tasks:
        cut = f"; {task.cut} of its texts only those showed: cut out" if task.cut else ""
        click.echo(f"task {task.name} ({task.id}) had some of the calls{'; it was dropped' if task.dropped else cut}")
    _advise(report)
    if scrubbed.searched is not None:
        found = scrubbed.searched
        click.echo(
            f"proof: of {found.erased:,} erased texts {found.stored:,} were looked for as they were stored and "
            f"{found.plain:,} in plain, in {found.files} files ({found.bytes:,} bytes): "
            + (f"found in {', '.join(found.found)}" if found.found else "none was found")
        )
    if scrubbed.rebuilt:
        click.echo("the database was written anew")
    if scrubbed.note:
        click.echo(scrubbed.note)
    for line in scrubbed.left:
        say(f"left: {line}")


def _advise(report: "ErasureReport") -> None:
    if report.deleted.tasks:
        click.echo("the tasks' figures are as of their analysis: slm-instrument analyze")
    for task in dict.fromkeys(bundle.task_id for bundle in report.deleted.bundles):
        click.echo(f"to make a student without those calls: slm-instrument train {task} (and delete the old folder)")


def _splits(splits: dict[str, int]) -> str:
    return ", ".join(f"{count} in {split}" for split, count in splits.items())
