"""`slm-instrument run`: record a program without editing it."""

import os
import shutil
import sys
from pathlib import Path

import click

from slm_instrument.cli.output import store_option
from slm_instrument.errors import SlmInstrumentError


@click.command(context_settings={"allow_interspersed_args": False})
@store_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(url: str | None, command: tuple[str, ...]) -> None:
    """Run COMMAND, a Python program, and record its LLM calls.

    Its Python processes, and those that they start, load every integration that is installed, as instrument() would.
    The same from outside, as for a container: put the folder slm_instrument/bootstrap on PYTHONPATH.
    """
    import slm_instrument
    from slm_instrument.addresses import absolute_url, parse_url

    bootstrap = str(Path(slm_instrument.__file__).with_name("bootstrap"))
    before = os.environ.get("PYTHONPATH")
    environment = {**os.environ, "PYTHONPATH": f"{bootstrap}{os.pathsep}{before}" if before else bootstrap}
    if url is not None:
        store = absolute_url(parse_url(url))  # the processes may run in other folders
        environment["SLM_INSTRUMENT_STORE"] = store.render_as_string(hide_password=False)
    program = sys.executable if command[0] in ("python", "python3") else shutil.which(command[0])
    if program is None:
        raise SlmInstrumentError(f"there is no program {command[0]!r}")
    sys.stdout.flush()
    os.execve(program, [program, *command[1:]], environment)


COMMANDS = (run,)
