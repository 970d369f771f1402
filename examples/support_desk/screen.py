"""What the demo shows on the terminal, apart from tables."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress as Bars, TaskID, TextColumn, TimeElapsedColumn

from slm_instrument.progress import Listener, Progress

WIDTH = 160
console = Console(highlight=False)
if not console.is_terminal:
    console = Console(highlight=False, width=WIDTH)


def introduce(model: str, scripted: bool, folder: Path) -> None:
    """Say what answers, and where things are kept."""
    if scripted:
        console.print(
            f"The LLM of this demo is a [bold]stand-in[/bold] by the name of {model}: a small server on this machine.\n"
            "Its answers come from a script, its latency is not an LLM's. (Set OPENAI_API_KEY to use your own LLM.)\n"
            "The rest is real: agent, HTTP, recording, analysis, training, ONNX, certification and substitution."
        )
    else:
        console.print(f"The LLM is {model} at your own OpenAI endpoint: some 2,600 short calls will be billed to you.")
    console.print(f"Stores and students are kept in {folder}.")


@contextmanager
def step(title: str, *equivalent: str) -> Generator[None]:
    """Announce a step, with what a user would type for it, and say how long it took."""
    console.rule(f"[bold]{title}", align="left", style="dim")
    for line in equivalent:
        console.print(f"  [green]{line}[/green]", soft_wrap=True)
    started = time.monotonic()
    yield
    console.print(f"[dim]{time.monotonic() - started:.0f} s[/dim]")


@contextmanager
def progress_bars() -> Generator[Listener]:
    """A listener that draws a bar for every stage of a job; it stays silent where there is no terminal."""
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        stages: dict[str, TaskID] = {}

        def listen(progress: Progress) -> None:
            if progress.stage not in stages:
                stages[progress.stage] = bars.add_task(progress.stage)
            bars.update(stages[progress.stage], completed=progress.done, total=progress.total or None)

        yield listen
