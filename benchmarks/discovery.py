"""How well the analysis finds the tasks that people labelled, on real logs of agents.

    python benchmarks/discovery.py [SET...] [--data FOLDER] [--out FILE]

For every application the F of purity and inverse purity against the labels (a call in no task is an error), next to
that of the naive key: the first 200 characters of the system prompt with the names of the tools. The analysis never
sees the labels. The data are not part of this repository and nothing of them is kept: the results are figures only.
"""

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from slm_instrument.analyze import analyze
from slm_instrument.interchange.native import call_from_native
from slm_instrument.records import Call
from slm_instrument.store import open_store
from slm_instrument.template import Prompt

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SLM_INSTRUMENT_BENCHMARK_DATA", REPOSITORY.parent / "shared" / "data"))
RESULTS = REPOSITORY / "benchmarks" / "results" / "discovery.json"
SETS = (
    "autocoderover",
    "tau_bench",
    "chatdev",
    "crewai_cassettes",
    "reflexion_hotpotqa",
    "alpaca_eval_judge",
    "banking77",
    "banking77_llm",
    "bfcl_gold",
    "clinc150",
)
NAIVE_CHARS = 200


def main() -> int:
    arguments = _arguments()
    if not (arguments.data / "expand.py").is_file():
        print(
            f"the data are not here: {arguments.data} has no expand.py; name their folder with --data", file=sys.stderr
        )
        return 1
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.data)))
        return 0
    rows = [in_own_process(name, arguments.data) for name in arguments.sets or SETS]
    print(as_table(rows))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps({"cores": os.cpu_count(), "sets": rows}, indent=2) + "\n")
    return 0


def in_own_process(name: str, data: Path) -> dict[str, Any]:
    """Measure a set in a process of its own: a peak of memory cannot be taken back."""
    command = [sys.executable, __file__, "--one", name, "--data", str(data)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(name: str, data: Path) -> dict[str, Any]:
    """Import a set, analyse it, score the tasks."""
    labels: dict[str, Hashable] = {}
    naive: dict[str, Hashable] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/calls.db", create=True)
        started = time.perf_counter()
        calls = _calls(name, data)
        while batch := list(islice(calls, 500)):
            store.add_calls([call for call, _ in batch])
            for call, label in batch:
                labels[call.id] = label
                naive[call.id] = _naive_key(call)
        imported = time.perf_counter()
        analysis = analyze(store)
        analysed = time.perf_counter()
        assigned = dict(store.iter_assignments())
        store.close()
    found = [assigned[id] for id in labels]
    return {
        "set": name,
        "calls": analysis.calls,
        "labels": len(set(labels.values())),
        "tasks": len(analysis.tasks),
        "unassigned": analysis.unassigned,
        **scores(found, list(labels.values())),
        "naive_f": scores([naive[id] for id in labels], list(labels.values()))["f"],
        "matchable": round(sum(task.matchable * task.calls for task in analysis.tasks) / analysis.calls, 4),
        "import_s": round(imported - started, 1),
        "analyze_s": round(analysed - imported, 1),
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def scores(found: Sequence[Hashable | None], labels: Sequence[Hashable]) -> dict[str, float]:
    """Purity, inverse purity and their harmonic mean; each item of no cluster is a cluster of its own."""
    clusters = [("none", at) if cluster is None else ("some", cluster) for at, cluster in enumerate(found)]
    purity, inverse = _purity(clusters, labels), _purity(labels, clusters)
    f = 2 * purity * inverse / (purity + inverse)
    return {"purity": round(purity, 4), "inverse_purity": round(inverse, 4), "f": round(f, 4)}


def as_table(rows: Sequence[dict[str, Any]]) -> str:
    columns = list(rows[0])
    lines = [columns, *([str(row[column]) for column in columns] for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _purity(clusters: Sequence[Hashable], labels: Sequence[Hashable]) -> float:
    counts: defaultdict[Hashable, Counter[Hashable]] = defaultdict(Counter)
    for cluster, label in zip(clusters, labels, strict=True):
        counts[cluster][label] += 1
    return sum(max(own.values()) for own in counts.values()) / len(labels)


def _calls(name: str, data: Path) -> Iterator[tuple[Call, Hashable]]:
    sys.path.insert(0, str(data))
    expand = importlib.import_module("expand")
    for number, line in enumerate(expand.calls(data / f"{name}.jsonl.gz")):
        label = line.pop("task", None)
        known = {key: value for key, value in line.items() if value is not None and key != "labels"}
        yield call_from_native({**known, "id": f"{name}-{number}"}), label


def _naive_key(call: Call) -> Hashable:
    prompt = Prompt.of_call(call)
    return prompt.system[:NAIVE_CHARS], prompt.tools


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"of: {', '.join(SETS)}")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the labelled sets [%(default)s]")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go [%(default)s]")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
