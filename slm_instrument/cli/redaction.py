"""The commands of the second stage of redaction: names out of the store's contents, and back for who may."""

import click

from slm_instrument.cli.output import audited, json_option, opened, opened_whole, progress_bar, show, store_option


@click.command()
@click.argument("task", required=False)
@store_option
@json_option
def redact(task: str | None, url: str | None, as_json: bool) -> None:
    """Take names, places, dates and health data out of the calls of TASK (id or name), or of all.

    What has a form (addresses, numbers, keys) is masked when calls are written; this finds the rest, in each content
    once, and puts placeholders in its place. Calls of level `strict` are held back until it has run. It may run while
    calls come in, be broken off and run again. Needs the extra [privacy].
    """
    from slm_instrument.privacy.names import NamesRecogniser
    from slm_instrument.privacy.scan import scan

    names = NamesRecogniser()  # a missing extra is told before anything is written
    with opened_whole(url, "redact") as store, progress_bar() as progress:
        found = store.find_task(task) if task else None
        report = scan(store, names, task=found, progress=progress)
    if as_json:
        figures = ("calls", "contents", "masked", "entities")
        show({name: getattr(report, name) for name in figures})
        return
    click.echo(
        f"{report.calls:,} calls passed, {report.contents:,} new contents looked through, {report.masked:,} of them "
        f"masked ({report.entities:,} names and the like)"
    )


@click.command()
@click.argument("trace")
@store_option
@json_option
def reveal(trace: str, url: str | None, as_json: bool) -> None:
    """Show what stands behind the placeholders of a trace. Needs the store's key, and leaves an audit row."""
    from slm_instrument.privacy.reveal import reveal as values_of

    with opened(url) as store:
        scope = store.scope_of(trace)
        audited(store, "reveal", scope)
        values = values_of(store, scope)
    if as_json:
        show({"trace": trace, "values": values})
        return
    for placeholder, value in values.items():
        click.echo(f"{placeholder}\t{value}")


COMMANDS = (redact, reveal)
