"""How well the analysis finds the tasks that people labelled, on logs of agents, beside other ways to find them.

    python -m benchmarks.discovery [LOG...] [--data FOLDER] [--out FILE] [--resume]

For every log and method the F of purity and inverse purity against the labels (a call in no group is an error), and
seconds per thousand calls, embedding and the model's loading included. The others (:mod:`benchmarks.finding.rivals`)
get a sample of a long log and all are scored on it; the analysis reads the whole log (``analyze``), and once more the
sample alone (``analyze_sample``), so that times compare. Every row is a process of its own with a limit of time, and
is kept at once: ``--resume`` goes on behind the last. Logs other than whole agents' get the analysis and the naive key
only, unless ``--methods`` are named. Nothing of the calls is kept: the results are figures only.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
from rich.console import Console

from benchmarks.finding.labelled import (
    AGENTS,
    DATA,
    REPOSITORY,
    SETS,
    Log,
    have,
    held_out_applications,
    made_applications,
    open_sets,
)
from benchmarks.finding.rivals import NEEDED
from benchmarks.finding.rows import Row, Rows, tables
from benchmarks.finding.worker import METHODS, Done, Prompts
from benchmarks.machine import machine
from slm_instrument.store import open_store
from slm_instrument.template import Prompt

RESULTS = REPOSITORY / "benchmarks" / "results" / "discovery.json"
SAMPLE = 1_000
SEED = 0
LIMIT_S = 300.0
BATCH = 500
WIDTH = 160
QUICK = ("analyze", "naive")
PACKAGES = ("bertopic", "evoc", "hdbscan", "scikit-learn", "sentence-transformers", "umap-learn")


def main() -> int:
    args = _arguments()
    logs = _logs(args.logs, args.data)
    if not logs:
        return 1
    rows = Rows(args.out, machine(PACKAGES), {"sample": args.sample, "seed": SEED}, resume=args.resume)
    for log in logs:
        methods = args.methods or (METHODS if log.name in AGENTS else QUICK)
        missing = [method for method in methods if rows.lacks(log.name, method)]
        for row in measured(log, missing, args.sample, args.limit) if missing else ():
            rows.add(row)
            print(row, file=sys.stderr, flush=True)
    made, held_out = ([log.name for log in own()] for own in (made_applications, held_out_applications))
    shown = (("logged agents", SETS, AGENTS), ("made applications", made, made), ("held out", held_out, held_out))
    for title, names, averaged in shown:
        if own := rows.of(names):
            Console(width=WIDTH).print(*tables(title, own, averaged), sep="\n")
    return 0


def _logs(names: Sequence[str], data: Path) -> list[Log]:
    made = {log.name: log for log in (*made_applications(), *held_out_applications())}
    sets = [name for name in names or SETS if name in SETS]
    found = open_sets(sets, data) if sets and have(data) else []
    return found + [log for name, log in made.items() if name in (names or made)]


def measured(log: Log, methods: Sequence[str], sample: int, limit: float) -> Iterable[Row]:
    """Rows of the methods on a log."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        labels, sampled = prepared(log, folder, sample)
        if len(sampled) == len(labels):
            methods = [method for method in methods if method != "analyze_sample"]  # which would be "analyze" again
        embedding = in_own_process("embedding", folder, limit) if any(map(NEEDED.get, methods)) else Done()
        for method in methods:
            done = in_own_process(method, folder, limit)
            if NEEDED.get(method):
                done = with_embedding(done, embedding)
            yield Row.of(log.name, method, done, labels, sampled)


def prepared(log: Log, folder: Path, sample: int) -> tuple[dict[str, Hashable], list[str]]:
    """Put the calls where the methods find them; the labels of all calls, and the ids of the sample."""
    labelled = list(log.read())
    chosen = set(random.Random(SEED).sample(range(len(labelled)), min(sample, len(labelled))))
    known = [call for at, (call, _) in enumerate(labelled) if at in chosen]
    for name, calls in (("calls.db", [call for call, _ in labelled]), ("sample.db", known)):
        store = open_store(f"sqlite:///{folder / name}", create=True)
        for at in range(0, len(calls), BATCH):
            store.add_calls(calls[at : at + BATCH])
        store.close()
    prompts = Prompts([call.id for call in known], [Prompt.of_call(call) for call in known])
    (folder / "sample.json").write_bytes(msgspec.json.encode(prompts))
    return {call.id: label for call, label in labelled}, prompts.ids


def in_own_process(method: str, folder: Path, limit: float) -> Done:
    """What a method made of the folder's calls, or why it made nothing."""
    command = [sys.executable, "-m", "benchmarks.finding.worker", method, str(folder)]
    try:
        ended = subprocess.run(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return Done(failed=f"not done after {limit:.0f} s")
    if ended.returncode:
        return Done(failed=(ended.stderr.strip() or f"exit status {ended.returncode}").rpartition("\n")[2])
    return msgspec.json.decode((folder / f"{method}.json").read_bytes(), type=Done)


def with_embedding(done: Done, embedding: Done) -> Done:
    """A rival's figures with those of the vectors it was given."""
    return replace(
        done,
        seconds=done.seconds + embedding.seconds,
        peak_rss_mib=max(done.peak_rss_mib, embedding.peak_rss_mib),
        failed=embedding.failed or done.failed,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    logs = (*SETS, *(log.name for log in (*made_applications(), *held_out_applications())))
    parser.add_argument("logs", nargs="*", choices=[*logs, []], metavar="LOG", help=f"default: {', '.join(logs)}")
    parser.add_argument("--methods", nargs="+", choices=METHODS, metavar="METHOD", help=f"of {', '.join(METHODS)}")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the labelled sets [%(default)s]")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go [%(default)s]")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="calls of a log for the others [%(default)s]")
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="seconds that a row may take [%(default)s]")
    parser.add_argument("--resume", action="store_true", help="keep the rows of the file, make those that it lacks")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
