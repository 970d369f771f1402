"""`slm-instrument card`: what a bundle is and what was shown of it."""

from pathlib import Path

import click

from slm_instrument.cli.options import NewFile
from slm_instrument.cli.output import existing_folder, show
from slm_instrument.errors import InputError


@click.command()
@click.argument("bundle", type=existing_folder)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print it in the form of Hugging Face's model cards.")
@click.option("--plot", metavar="FILE.svg", type=NewFile(), help="Draw the risk-coverage plot into a file, too.")
def card(bundle: Path, as_markdown: bool, plot: Path | None) -> None:
    """Print the model card of BUNDLE: what the student is, what it was made from, what was shown of it, its limits."""
    from slm_instrument.card import Card, render, to_markdown, to_svg

    read = Card.read(bundle)
    if plot is not None:
        _write(plot, to_svg(read))
    if as_markdown:
        click.echo(to_markdown(read, plot=plot.name if plot else None), nl=False)
    else:
        show(render(read))


COMMANDS = (card,)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"the plot cannot be written to {path}: {error.strerror}") from error
