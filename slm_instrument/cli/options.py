"""Kinds of options: a moment, a file that is to be written; and options that several commands have."""

import os
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import click

from slm_instrument.cli.output import existing_file

_AGO = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Moment(click.ParamType[datetime]):
    """A point in time: so long ago, as ``24h`` or ``7d``, or an ISO date and time, of UTC where it names no zone."""

    name = "when"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment."""
        if isinstance(value, datetime):
            return value
        try:
            if ago := _AGO.fullmatch(value):
                return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            at = datetime.fromisoformat(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time: write 90m, 24h, 7d, 2w, or an ISO date and time", param, ctx)
        return at if at.tzinfo else at.replace(tzinfo=UTC)


class NewFile(click.Path):
    """A file that can be written; that is seen before the work is done whose result it holds."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        folder = path.resolve().parent
        if not folder.is_dir():
            self.fail(f"there is no folder {folder}", param, ctx)
        if not os.access(folder, os.W_OK | os.X_OK):
            self.fail(f"the folder {folder} cannot be written to", param, ctx)
        return path


_Command = TypeVar("_Command", bound=Callable[..., object])
_POLICY = (
    click.option(
        "--allow-licence",
        "licences",
        multiple=True,
        metavar="LICENCE",
        help="Besides permissive ones: a kind (conditions, non-commercial, unknown) or a name; may be repeated.",
    ),
    click.option(
        "--memory-mb", type=click.IntRange(min=1), help="What a student may take [default: half of what is free]."
    ),
    click.option(
        "--latency-ms",
        type=click.FloatRange(min=0.0),
        help="What an answer may take [default: as long as the LLM, and at least a second].",
    ),
    click.option(
        "--budget-minutes", default=60.0, show_default=True, type=click.FloatRange(min=0.0), help="For one training."
    ),
)


_TRAINING = (
    click.option("--base", metavar="MODEL", help="Model to start from: a name on the hub, a folder or a GGUF file."),
    click.option(
        "--epochs", type=click.IntRange(min=1), help="How often to go over the calls [default: by their number]."
    ),
    click.option("--method", default="lora", show_default=True, type=click.Choice(["lora", "qlora", "full"])),
    click.option("--precision", default="int8", show_default=True, type=click.Choice(["int8", "int4", "fp32"])),
    click.option(
        "--members",
        default=1,
        show_default=True,
        type=click.IntRange(min=1, max=5),
        help="Networks of a pointer student that answer together; each takes its time.",
    ),
    click.option(
        "--teacher-terms",
        type=click.Choice(["refuse", "warn", "allow"]),
        help="Where a teacher's terms limit training on its answers "
        "[default: $SLM_INSTRUMENT_TEACHER_TERMS, then warn].",
    ),
    click.option(
        "--teacher-terms-file",
        type=existing_file,
        help="Your own rows of the table of terms, as TOML.",
    ),
)


def training_options(command: _Command) -> _Command:
    """The options of whatever trains students."""
    return _with(_TRAINING, command)


def policy_options(command: _Command) -> _Command:
    """The options of :meth:`slm_instrument.select.Policy.of`."""
    return _with(_POLICY, command)


def _with(options: Sequence[Callable[[_Command], _Command]], command: _Command) -> _Command:
    for option in reversed(options):
        command = option(command)
    return command
