"""The command line: one thin command per job.

Exit status: 0 done, 1 the job failed, 2 wrong use. What fails is one clear line on stderr; ``--debug`` shows the
traceback instead. Results go to stdout, progress to stderr: bars on a terminal; elsewhere a training says a line a
stage, and the rest nothing.
"""

import os
import sys

import click

from slm_instrument import __version__
from slm_instrument.cli import (
    cards,
    database,
    finding,
    logs,
    offline,
    operate,
    privacy,
    redaction,
    refining,
    running,
    selecting,
)
from slm_instrument.cli.output import say
from slm_instrument.errors import ConfigError, SlmInstrumentError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="slm-instrument")
def commands() -> None:
    """Record an agent's LLM calls, find its recurring tasks, and answer them with certified small models.

    Every command takes --debug, which shows a traceback where an error line is not enough.
    """


for command in (
    *logs.COMMANDS,
    *finding.COMMANDS,
    *offline.COMMANDS,
    *selecting.COMMANDS,
    *cards.COMMANDS,
    *refining.COMMANDS,
    *operate.COMMANDS,
    *running.COMMANDS,
    *database.COMMANDS,
    *privacy.COMMANDS,
    *redaction.COMMANDS,
):
    commands.add_command(command)


def main() -> None:
    """Run the command line and exit."""
    # Read when torch is imported. Threads that wait then sleep instead of spinning, which on cores that other processes
    # want too makes embedding and training several times faster (measured: 165 s against 27 s at a load of seven).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    arguments = without_debug(sys.argv[1:])
    sys.exit(run(arguments, debug=len(arguments) < len(sys.argv) - 1))


def without_debug(arguments: list[str]) -> list[str]:
    """The arguments less ``--debug``, which every command takes; what comes after ``run`` is another program's."""
    at = next((n for n, argument in enumerate(arguments) if argument != "--debug"), 0)
    if arguments[at : at + 1] == ["run"]:
        return arguments[at:]
    return [argument for argument in arguments if argument != "--debug"]


def run(arguments: list[str], *, debug: bool = False) -> int:
    """Run one command; returns the exit status."""
    try:
        status = commands.main(arguments, prog_name="slm-instrument", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.ClickException as e:
        e.show()
        return e.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("interrupted")
        return 130
    except Exception as e:
        if debug:
            raise
        known = isinstance(e, SlmInstrumentError)
        line = str(e) if known else f"unexpected {type(e).__name__}: {e} (run with --debug for the traceback)"
        say(f"error: {' '.join(line.split())}")
        return 2 if isinstance(e, ConfigError) else 1
