"""Showing a state again and again, until somebody stops it."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from slm_instrument.cli.output import say, show
from slm_instrument.errors import StoreError

EVERY_S = 2.0
_LEAST_IDLE = 4  # times as long as the reading took: watching must not be what keeps a large store busy

State = RenderableType | dict[str, Any]


def watch(read: Callable[[], State], *, every_s: float = EVERY_S) -> None:
    """Read a state every few seconds and show it, until Ctrl-C.

    A terminal's screen is redrawn, and keeps the last state at the end. In a pipe, states follow each other: JSON one
    line each, tables under the time. A store that cannot be read any more is a remark, and is tried again.

    Args:
        read: Reads the state: plain values that are to be JSON, or something for people.
        every_s: Seconds between two readings; more where a reading takes long.

    Raises:
        SlmInstrumentError: from the first reading.
    """
    state = read()
    console = Console()
    if isinstance(state, dict) or not console.is_terminal:
        _until_stopped(read, _print, state, every_s)
        return
    with Live(console=console, screen=True, auto_refresh=False) as live:
        state = _until_stopped(read, lambda drawn, error: _draw(live, drawn, error), state, every_s)
    show(state)


def _until_stopped(
    read: Callable[[], State], put: Callable[[State, str | None], None], state: State, every_s: float
) -> State:
    """Put states until Ctrl-C; returns the last."""
    error, took_s = None, 0.0
    try:
        while True:
            put(state, error)
            time.sleep(max(every_s, _LEAST_IDLE * took_s))
            started = time.perf_counter()
            try:
                state, error = read(), None
            except StoreError as e:
                error = f"the store cannot be read: {e}"
            took_s = time.perf_counter() - started
    except KeyboardInterrupt:
        return state


def _print(state: State, error: str | None) -> None:
    if error is not None:
        say(error)
    elif isinstance(state, dict):
        click.echo(json.dumps(state, ensure_ascii=False))
    else:
        click.echo(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
        show(state)
        click.echo()


def _draw(live: Live, state: State, error: str | None) -> None:
    assert not isinstance(state, dict)
    head = Text(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, Ctrl-C ends", style="dim")
    remark = [Text(error, style="red")] if error is not None else []
    live.update(Group(head, *remark, state), refresh=True)
