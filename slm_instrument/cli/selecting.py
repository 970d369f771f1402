"""`slm-instrument models`: which models are worth trying for a task, and why the others are not."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from slm_instrument.cli.options import policy_options
from slm_instrument.cli.output import json_option, opened, show, store_option
from slm_instrument.errors import MissingExtraError

if TYPE_CHECKING:
    from slm_instrument.select import Catalogue
    from slm_instrument.select.cost import Precision


@click.command()
@click.argument("task", required=False)
@store_option
@policy_options
@click.option("--precision", default="int8", show_default=True, type=click.Choice(["int8", "int4", "fp32"]))
@click.option("--also", multiple=True, metavar="MODEL", help="A folder or GGUF file to consider, too; may be repeated.")
@json_option
def models(
    task: str | None,
    url: str | None,
    licences: tuple[str, ...],
    memory_mb: int | None,
    latency_ms: float | None,
    budget_minutes: float,
    precision: "Precision",
    also: tuple[str, ...],
    as_json: bool,
) -> None:
    """List the models that students can be made of, or choose among them for TASK (id or name).

    Models of your own stand in the file that $SLM_INSTRUMENT_MODELS names, in the form of docs/models.md.
    """
    try:
        from slm_instrument.select import Policy, choose, facts_of, this_machine
        from slm_instrument.select.report import catalogue_table, catalogue_to_json, choice_table, choice_to_json
    except ModuleNotFoundError as error:
        raise MissingExtraError("analyze", "choosing a model") from error

    known = _known(also)
    if task is None:
        show(catalogue_to_json(known) if as_json else catalogue_table(known))
        return
    with opened(url, to_read="models") as store:
        facts = facts_of(store, store.find_task(task))
    policy = Policy.of(
        licences, memory_mb=memory_mb, latency_ms=latency_ms, minutes=budget_minutes, precision=precision
    )
    choice = choose(facts, known, this_machine(), policy)
    show(choice_to_json(choice) if as_json else choice_table(choice))


COMMANDS = (models,)


def _known(also: tuple[str, ...]) -> "Catalogue":
    """The catalogue with the user's models, those named on the command line first."""
    from slm_instrument.config import Settings
    from slm_instrument.select import catalogue, model_at

    known = catalogue(Settings.from_env().models)
    return replace(known, models=(*map(model_at, also), *known.models))
