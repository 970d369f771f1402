"""What substitution takes and gives, call by call and under load: python -m benchmarks.substitution.

    declined    what is added to a call of 2 KB that is left to the LLM: because nothing matches, or the task is off
    accepted    a call that a classifier answers (all-MiniLM-L6 in INT8), end to end, on one core
    throughput  calls a second with 32 at once, from threads and on an event loop, beside the bare clients
    batching    whether putting texts together that wait at the same time would pay
    memory      resident memory over 100,000 calls

Each part is a process of its own. The bare clients are asked in the same run, by turns. The LLM of the LangChain model
is in the process, the OpenAI client's is on loopback in another; both answer at once, or after 20 ms. The student is
trained when there is none yet, and kept in the folder for temporary files.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine

RESULTS = Path(__file__).with_name("results") / "substitution.json"
PARTS = ("declined", "accepted", "throughput", "batching", "memory")

MOST_DECLINED_US = 150.0
MOST_ACCEPTED_MS = 5.0
MOST_MIB = 16.0  # that memory may grow by after the first tenth
LEAST_GAIN = 1.3  # from which on batches would be worth what they cost

Found = dict[str, Any]


def main() -> None:
    args = arguments()
    if args.one:
        print(json.dumps(measure(args.one, args)))
        return
    facts = machine(("onnxruntime-gpu", "onnxruntime", "langchain", "langgraph", "openai", "tokenizers"))
    in_own_process("student", args)
    kept: Found = json.loads(args.json.read_text(encoding="utf-8")) if args.json.is_file() else {}
    for part in args.parts:
        found = in_own_process(part, args)
        kept[part] = {**facts, "load_after": round(os.getloadavg()[0], 2), **found}
        Console(width=110).print(TABLES[part](found))
        print(*PROMISES[part](found), sep="\n", flush=True)
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--rounds", type=int, default=3, help="[%(default)s]")
    parser.add_argument("--calls", type=int, default=400, help="in a round, for the time of one call [%(default)s]")
    parser.add_argument("--seconds", type=float, default=1.5, help="under each load and round [%(default)s]")
    parser.add_argument("--memory-calls", type=int, default=100_000, help="[%(default)s]")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures go [%(default)s]")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.rounds < 1 or args.calls < 100 or args.memory_calls < 1000:
        parser.error("at least one round, 100 calls in it and 1,000 for the memory are needed")
    return args


def in_own_process(part: str, args: argparse.Namespace) -> Found:
    """One part in a fresh process, in which libraries start no threads of their own."""
    settings = {name: getattr(args, name) for name in ("rounds", "calls", "seconds", "memory_calls")}
    options = [text for name, value in settings.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.substitution", "--one", part, *options],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        cwd=RESULTS.parents[2],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    return json.loads(done.stdout.splitlines()[-1])


def measure(part: str, args: argparse.Namespace) -> Found:
    """What a part finds, in this process."""
    match part:
        case "student":
            from benchmarks.serving.student import models_folder

            return {"models": str(models_folder())}
        case "declined" | "accepted":
            from benchmarks.serving import latency

            return getattr(latency, part)(args.rounds, args.calls)
        case "throughput":
            from benchmarks.serving.concurrent import throughput

            return throughput(args.rounds, args.seconds)
        case "batching":
            from benchmarks.serving.batches import batching

            return batching(args.rounds, args.calls)
        case _:
            from benchmarks.serving.growth import memory

            return memory(args.memory_calls)


def declined_table(found: Found) -> Table:
    title = "A call that is left to the LLM, in microseconds"
    table = _table(title, "", "asked through", "bare", "added", "fastest", "CPU", "p99")
    for row in found["rows"]:
        figures = (row[name] for name in ("bare", "added", "added_fastest", "added_cpu", "added_p99"))
        table.add_row(row["case"], row["way"], *(f"{each:.0f}" for each in figures))
    return table


def accepted_table(found: Found) -> Table:
    title = "A call that the student answers, in milliseconds, on one core"
    table = _table(title, "asked through", "median", "fastest", "CPU", "p99")
    for row in found["rows"]:
        table.add_row(row["way"], *(f"{row[name]:.2f}" for name in ("median", "fastest", "cpu", "p99")))
    return table


def throughput_table(found: Found) -> Table:
    title = f"Calls a second with {found['at_once']} at once"
    table = _table(title, "client", "from", "LLM ms", "load", "calls/s", "CPU ms/call", "cores")
    for row in found["rows"]:
        figures = (f"{row['calls_per_second']}", f"{row['cpu_ms']:.2f}", f"{row['cores']:.2f}")
        table.add_row(row["client"], row["way"], f"{row['llm_ms']}", row["load"], *figures)
    return table


def batching_table(found: Found) -> Table:
    tokens = found["tokens"]
    title = f"A classifier's CPU time for a text, in milliseconds ({tokens['mean']} tokens, {tokens['most']} at most)"
    sizes = sorted({row["size"] for row in found["rows"]})
    table = _table(title, "texts in a batch", *map(str, sizes))
    for order in dict.fromkeys(row["order"] for row in found["rows"]):
        table.add_row(order, *(f"{row['cpu_ms']:.2f}" for row in found["rows"] if row["order"] == order))
    return table


def memory_table(found: Found) -> Table:
    marks = [(calls, mib) for calls, mib in found["rss"] if calls * 10 % found["calls"] == 0]
    table = _table("Resident memory in MiB", "calls", *(f"{calls:,}" for calls, _ in marks))
    table.add_row("", *(f"{mib:.1f}" for _, mib in marks))
    return table


def declined_promises(found: Found) -> Iterator[str]:
    for row in found["rows"]:
        said = f"{row['case']}, {row['way']}: {row['added']:.0f} us added at the median"
        yield _promise(row["added"], row["added_fastest"], MOST_DECLINED_US, said)


def accepted_promises(found: Found) -> Iterator[str]:
    for row in found["rows"]:
        said = f"accepted, {row['way']}: {row['median']:.2f} ms at the median"
        yield _promise(row["median"], row["fastest"], MOST_ACCEPTED_MS, said)


def throughput_promises(found: Found) -> Iterator[str]:
    yield from ()  # nothing is promised but that it is told beside the bare client


def batching_promises(found: Found) -> Iterator[str]:
    took = {row["size"]: row["cpu_ms"] for row in found["rows"] if row["order"] == "as they come"}
    best = min(took, key=lambda size: took[size])
    gain = took[1] / took[best]
    verdict = "would pay" if gain >= LEAST_GAIN else "would not pay"
    yield f"batches of {best} {verdict}: {gain:.2f} times the texts a second, and {LEAST_GAIN:g} are wanted"
    spread = found["logits_differ_by"] / found["logits_spread"]
    yield f"in a batch of 16 logits differ by up to {spread:.0%} of their spread from those of the text alone"


def memory_promises(found: Found) -> Iterator[str]:
    tenth = next(mib for calls, mib in found["rss"] if calls >= found["calls"] / 10)
    growth = found["rss"][-1][1] - tenth
    lost = found["lost"] + found["decisions"]["dropped"]
    said = f"memory: {lost} records or comparisons lost; {growth:+.1f} MiB after the first tenth of the calls"
    grown = growth if not lost else float("inf")
    yield _promise(grown, grown, MOST_MIB, said)


def _promise(found: float, undisturbed: float, most: float, said: str) -> str:
    """Whether a promise is kept; unclear where it is kept only as far as nothing came between."""
    verdict = "PASS" if found <= most else "UNCLEAR" if undisturbed <= most else "FALLS SHORT"
    return f"{verdict:11}  {said}, at most {most:g}"


def _table(title: str, *names: str) -> Table:
    table = Table(title=title)
    for number, name in enumerate(names):
        text = number == 0 or name in ("asked through", "from", "load")
        table.add_column(name, no_wrap=True, justify="left" if text else "right")
    return table


TABLES: dict[str, Callable[[Found], Table]] = {
    "declined": declined_table,
    "accepted": accepted_table,
    "throughput": throughput_table,
    "batching": batching_table,
    "memory": memory_table,
}
PROMISES: dict[str, Callable[[Found], Iterator[str]]] = {
    "declined": declined_promises,
    "accepted": accepted_promises,
    "throughput": throughput_promises,
    "batching": batching_promises,
    "memory": memory_promises,
}


if __name__ == "__main__":
    main()
