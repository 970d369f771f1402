"""`slm-instrument card`: what a bundle is and what was shown of it."""

from pathlib import Path

import click

from slm_instrument.cli.options import NewFile
from slm_instrument.cli.output import existing_folder, json_option, say, show
from slm_instrument.errors import InputError


@click.command()
@click.argument("bundle", type=existing_folder)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print it in the form of Hugging Face's model cards.")
@click.option("--plot", metavar="FILE.svg", type=NewFile(), help="Draw the risk-coverage plot into an SVG file, too.")
@json_option
def card(bundle: Path, as_markdown: bool, plot: Path | None, as_json: bool) -> None:
    """Print the model card of BUNDLE: what the student is, what it was made from, what was shown of it, its limits."""
    from slm_instrument.card import Card, render, to_json, to_markdown, to_svg

    if as_markdown and as_json:
        raise click.UsageError("--markdown and --json are two forms of one card: choose one")
    if plot is not None and plot.suffix.lower() != ".svg":
        raise click.UsageError(f"--plot draws SVG: {plot.name} has to end in .svg")
    read = Card.read(bundle)
    if plot is not None:
        _write(plot, to_svg(read))
        say(f"the plot is in {plot}")
    if as_markdown:
        click.echo(to_markdown(read, plot=plot.name if plot else None), nl=False)
    else:
        show(to_json(read) if as_json else render(read))


COMMANDS = (card,)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"the plot cannot be written to {path}: {error.strerror}") from error
