"""Logs whose calls somebody labelled by task, to compare with the tasks that are found.

The open sets are real logs, no part of this repository, and are read where they lie. The analysis is given the calls
only; labels stay with who keeps the score.
"""

import importlib
import os
import sys
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.agents import AGENTS as made
from benchmarks.agents_held_out import AGENTS as held_out
from slm_instrument.interchange.native import call_from_native
from slm_instrument.records import Call

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SLM_INSTRUMENT_BENCHMARK_DATA", REPOSITORY.parent / "shared" / "data"))
AGENTS = (
    *("autocoderover", "tau_bench", "chatdev", "crewai_cassettes", "reflexion_hotpotqa"),
    "alpaca_eval_judge",
)
"""The sets of whole agents, whose average counts."""
SETS = (*AGENTS, "banking77", "banking77_llm", "bfcl_gold", "clinc150")


@dataclass(frozen=True, slots=True)
class Log:
    """An application's calls with their labels; ``read`` reads them anew each time."""

    name: str
    read: Callable[[], Iterator[tuple[Call, Hashable]]]


def have(data: Path) -> bool:
    """Whether the open sets are here; says so on stderr if not."""
    here = (data / "expand.py").is_file()
    if not here:
        print(f"the data are not here: {data} has no expand.py; name their folder with --data", file=sys.stderr)
    return here


def open_sets(names: Sequence[str], data: Path) -> list[Log]:
    """Open sets by name."""
    return [Log(name, _reader(name, data)) for name in names]


def made_applications() -> list[Log]:
    """The applications that are made here, each with its default number of runs."""
    return [Log(name, calls) for name, calls in made.items()]


def held_out_applications() -> list[Log]:
    """Further ones, which the analysis was not developed with."""
    return [Log(name, calls) for name, calls in held_out.items()]


def _reader(name: str, data: Path) -> Callable[[], Iterator[tuple[Call, Hashable]]]:
    def read() -> Iterator[tuple[Call, Hashable]]:
        sys.path.insert(0, str(data))
        expand = importlib.import_module("expand")
        for number, line in enumerate(expand.calls(data / f"{name}.jsonl.gz")):
            label = line.pop("task", None)
            known = {key: value for key, value in line.items() if value is not None and key != "labels"}
            yield call_from_native({**known, "id": f"{name}-{number}"}), label

    return read
