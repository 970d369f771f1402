"""What recording adds to a LangChain call: python benchmarks/capture.py [--calls N] [--json FILE].

A chat model that answers at once is asked with a 2 KB prompt: alone, with a callback that does nothing, and with the
one that records, in turns of 200 calls in one process, so that all three see the same machine. The recorder writes into
SQLite meanwhile; what it has not written when a turn ends is written before the next one begins, and counts as its CPU
time. "Paced" leaves a millisecond between calls, as if the model took its time: then the writer works beside the agent
and not instead of it.
"""

import argparse
import asyncio
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableConfig
from rich.console import Console
from rich.table import Table

from slm_instrument import Recorder
from slm_instrument_langchain import SlmCallbackHandler

TURN = 200
RESULTS = Path(__file__).with_name("results") / "capture.json"


class EmptyCallback(BaseCallbackHandler):
    """What LangChain itself spends on any inline callback."""

    run_inline = True

    def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        """Do nothing; without it LangChain would build the prompt as text."""


class InstantModel(BaseChatModel):
    """Answers at once."""

    @property
    def _llm_type(self) -> str:
        return "instant"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("shipping"))])

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        return self._generate(messages)


@dataclass(frozen=True, slots=True)
class Figures:
    """Microseconds a call: alone, and what the two callbacks add."""

    way: str
    bare_p50: float
    empty_p50: float
    added_p50: float
    bare_p99: float
    empty_p99: float
    added_p99: float
    bare_cpu: float
    empty_cpu: float
    added_cpu: float


def prompt(number: int) -> list[BaseMessage]:
    """A 2 KB prompt: a system message that repeats, a question that does not."""
    return [SystemMessage("You sort messages. " * 50), HumanMessage(f"Message {number}: " + "where is my order? " * 55)]


def sync_turn(model: InstantModel, prompts: list[list[BaseMessage]], config: RunnableConfig, pause: float) -> list[int]:
    took: list[int] = []
    for messages in prompts:
        started = time.perf_counter_ns()
        model.invoke(messages, config=config)
        took.append(time.perf_counter_ns() - started)
        if pause:
            time.sleep(pause)
    return took


def async_turn(
    model: InstantModel, prompts: list[list[BaseMessage]], config: RunnableConfig, pause: float
) -> list[int]:
    async def work() -> list[int]:
        took: list[int] = []
        for messages in prompts:
            started = time.perf_counter_ns()
            await model.ainvoke(messages, config=config)
            took.append(time.perf_counter_ns() - started)
            if pause:
                await asyncio.sleep(pause)
        return took

    return asyncio.run(work())


def measure(way: str, turn: Callable[..., list[int]], calls: int, pause: float, recorder: Recorder) -> Figures:
    """Take turns."""
    model = InstantModel()
    configs: dict[str, RunnableConfig] = {
        "bare": {},
        "empty": {"callbacks": [EmptyCallback()]},
        "added": {"callbacks": [SlmCallbackHandler(recorder)]},
    }
    took: dict[str, list[int]] = {name: [] for name in configs}
    cpu = dict.fromkeys(configs, 0.0)
    for at in range(-1, calls // TURN):
        prompts = [prompt(at * TURN + n) for n in range(TURN)]
        for name, config in configs.items():
            before = time.process_time()
            times = turn(model, prompts, config, pause)
            assert recorder.flush(60), "the store did not take the calls"
            if at >= 0:  # the first turn warms up
                took[name] += times
                cpu[name] += time.process_time() - before
    p50 = {name: quantiles(times, n=100)[49] / 1e3 for name, times in took.items()}
    p99 = {name: quantiles(times, n=100)[98] / 1e3 for name, times in took.items()}
    each = {name: spent / len(took["bare"]) * 1e6 for name, spent in cpu.items()}
    return Figures(way, *above_bare(p50), *above_bare(p99), *above_bare(each))


def above_bare(figure: dict[str, float]) -> tuple[float, float, float]:
    return figure["bare"], figure["empty"] - figure["bare"], figure["added"] - figure["bare"]


def show(figures: list[Figures]) -> None:
    table = Table(title="A LangChain call in microseconds, and what an empty callback and the recording one add")
    table.add_column("", no_wrap=True)
    for measure in ("median", "p99", "CPU"):
        for column in (measure, "empty", "recording"):
            table.add_column(column, justify="right", no_wrap=True)
    for row in figures:
        values = list(asdict(row).values())
        table.add_row(row.way, *(f"{value:.0f}" for value in values[1:]))
    Console(width=110).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=4000, help="per row, without and with each (default 4000)")
    parser.add_argument("--json", type=Path, default=RESULTS)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Recorder(f"sqlite:///{folder}/calls.db") as recorder:
        figures = [
            measure("sync, back to back", sync_turn, args.calls, 0, recorder),
            measure("sync, paced", sync_turn, args.calls, 0.001, recorder),
            measure("async, back to back", async_turn, args.calls, 0, recorder),
            measure("async, paced", async_turn, args.calls, 0.001, recorder),
        ]
    show(figures)
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cpus": os.cpu_count()}
    made = {"unit": "us", "calls": args.calls, **machine, "rows": [asdict(row) for row in figures]}
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps(made, indent=2) + "\n")


if __name__ == "__main__":
    main()
