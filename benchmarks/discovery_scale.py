"""Task discovery over 60,000 calls: time and memory, ids from day to day, killed runs; and over a million.

    python -m benchmarks.discovery_scale [--only STEP...] [--million] [--resume] [--sets SET...] [--json FILE]

Everything is done with the command line, as a user would, in processes that are measured as a whole: start, reading,
finding, writing. The steps:

- ``growth``: all calls in one store, beside every tenth call of each set: does the time of a call grow?
- ``again``: the analysis run twice, and once anew: does every call keep its task's id?
- ``days``: the log comes in ten slices by time, with an analysis after each: do ids stay, and is the result as good?
- ``killed``: ``kill -9`` in the middle of an analysis, which is run again: is the result that of one never killed?
- ``million``: a million calls made from the others; only when asked for, as it takes an hour.

The data are not part of this repository and nothing of them is kept: the results are figures only.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.finding.history import History, history
from benchmarks.finding.labelled import DATA, REPOSITORY, SETS, have, open_sets
from benchmarks.finding.scoring import scores
from benchmarks.finding.watched import Ran, slm_instrument, watched
from benchmarks.machine import machine

RESULTS = REPOSITORY / "benchmarks" / "results" / "discovery_scale.json"
MILLION = 1_000_000
KILLED_AT = 0.6  # of the time that the whole analysis takes

Groups = dict[str, str | None]
Figures = dict[str, Any]


class Bench:
    """The log, the stores made from it, and what was found in them."""

    def __init__(self, folder: Path, data: Path, sets: Sequence[str]) -> None:
        self.folder = folder
        self.data = data
        self.sets = sets

    @cached_property
    def log(self) -> History:
        """The files."""
        return history(open_sets(self.sets, self.data), self.folder)

    @cached_property
    def whole(self) -> Ran:
        """All calls, analysed in one go."""
        return self.analysed("whole", self.log.days)

    @cached_property
    def whole_groups(self) -> Groups:
        """What that found."""
        _ = self.whole
        return self.groups("whole")

    def store(self, name: str) -> str:
        """The address of a store."""
        return f"sqlite:///{self.folder / name}.db"

    def analysed(self, name: str, files: Iterable[Path]) -> Ran:
        """Import files into a store and analyse it."""
        slm_instrument("import", *files, "--store", self.store(name))
        return self.analyse(name)

    def analyse(self, name: str, *options: str, kill_after: float | None = None) -> Ran:
        """Analyse a store."""
        return slm_instrument("analyze", "--store", self.store(name), *options, said=say, kill_after=kill_after)

    def groups(self, name: str) -> Groups:
        """The task of every call that was analysed."""
        command = [sys.executable, "-m", "slm_instrument", "assignments", "--store", self.store(name)]
        said = subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True).stdout
        return {row["call_id"]: row["task_id"] for row in map(json.loads, said.splitlines())}

    def f_by_set(self, groups: Groups) -> dict[str, float]:
        """F against the labels, set by set."""
        ids_of: dict[str, list[str]] = {}
        for id, (name, _) in self.log.labels.items():
            ids_of.setdefault(name, []).append(id)
        return {
            name: scores([groups.get(id) for id in ids], [self.log.labels[id][1] for id in ids]).f
            for name, ids in ids_of.items()
        }


def growth(bench: Bench) -> Figures:
    """Time of a call in a log of 6,000 and in one of 60,000; the time to start, of a few calls, is also taken off."""
    start = bench.analysed("tiny", [bench.log.tiny]).seconds
    small, large = bench.analysed("small", [bench.log.small]), bench.whole
    few, many = len(bench.groups("small")), len(bench.whole_groups)
    return {
        "start_s": start,
        "small": {"calls": few, "seconds": small.seconds, "peak_rss_mib": small.peak_rss_mib},
        "large": {"calls": many, "seconds": large.seconds, "peak_rss_mib": large.peak_rss_mib},
        "growth": ratio(large.seconds / many, small.seconds / few),
        "growth_less_start": ratio((large.seconds - start) / many, (small.seconds - start) / few),
        "f": bench.f_by_set(bench.whole_groups),
    }


def again(bench: Bench) -> Figures:
    """Whether a second analysis changes anything, and what one changes that finds everything anew."""
    before = bench.whole_groups
    second = bench.analyse("whole")
    after = bench.groups("whole")
    if not (bench.folder / "small.db").exists():
        bench.analysed("small", [bench.log.small])
    small = bench.groups("small")
    bench.analyse("small", "--anew")
    anew = bench.groups("small")
    return {
        "seconds": second.seconds,
        "same_id": share(before[id] == after.get(id) for id in before),
        "same_id_anew": share(small[id] == anew.get(id) for id in small),
    }


def days(bench: Bench) -> Figures:
    """Ten slices, analysed one by one. The first id that a call got should be its last."""
    first: Groups = {}
    last: Groups = {}
    ran: list[Ran] = []
    for day in bench.log.days:
        ran.append(bench.analysed("days", [day]))
        last = bench.groups("days")
        for id, task in last.items():
            first[id] = first.get(id) or task
        say(f"{day.stem}: {ran[-1].seconds:.0f} s, {len(set(last.values()) - {None})} tasks in {len(last):,} calls")
    return {
        "seconds": [each.seconds for each in ran],
        "peak_rss_mib": max(each.peak_rss_mib for each in ran),
        "tasks": len(set(last.values()) - {None}),
        "tasks_in_one_go": len(set(bench.whole_groups.values()) - {None}),
        "same_id": share(first[id] == last[id] for id in last),
        "unassigned": share(task is None for task in last.values()),
        "agreement_f": alike(last, bench.whole_groups),
        "f": bench.f_by_set(last),
        "f_in_one_go": bench.f_by_set(bench.whole_groups),
    }


def killed(bench: Bench) -> Figures:
    """An analysis killed in the middle goes on where it was, and finds what one finds that was not."""
    slm_instrument("import", *bench.log.days, "--store", bench.store("killed"))
    cut = bench.analyse("killed", kill_after=KILLED_AT * bench.whole.seconds)
    saved = len(bench.groups("killed"))
    rest = bench.analyse("killed")
    return {
        "killed_after_s": cut.seconds,
        "calls_saved": saved,
        "then_s": rest.seconds,
        "in_one_go_s": bench.whole.seconds,
        "agreement_f": alike(bench.groups("killed"), bench.whole_groups),
    }


def million(bench: Bench) -> Figures:
    """A million calls made from the others."""
    url = bench.store("million")
    command = [sys.executable, "-m", "benchmarks.finding.refill", "--store", url, "--calls", str(MILLION)]
    made = watched([*command, "--data", str(bench.data)], said=say)
    size = sum(part.stat().st_size for part in bench.folder.glob("million.db*"))
    say(f"made in {made.seconds:.0f} s, {size / 1e6:,.0f} MB")
    ran = bench.analyse("million")
    groups = bench.groups("million")
    return {
        "calls": len(groups),
        "made_s": made.seconds,
        "database_mb": round(size / 1e6),
        "seconds": ran.seconds,
        "ms_per_call": round(1000 * ran.seconds / len(groups), 3),
        "peak_rss_mib": ran.peak_rss_mib,
        "tasks": len(set(groups.values()) - {None}),
        "unassigned": share(task is None for task in groups.values()),
    }


STEPS: dict[str, Callable[[Bench], Figures]] = {
    "growth": growth,
    "again": again,
    "days": days,
    "killed": killed,
    "million": million,
}


def main() -> int:
    args = _arguments()
    if not have(args.data):
        return 1
    found = _found(args.json) if args.only or args.resume else {}
    wanted = args.only or [name for name in STEPS if name != "million" or args.million]
    on = machine()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), args.data, args.sets)
        for name in wanted:
            if args.resume and "failed" not in found.get(name, {"failed": "not done"}):
                continue
            say(f"{name}: {(STEPS[name].__doc__ or '').strip()}")
            found[name] = {"on": on, **figures(STEPS[name], bench)}
            args.json.parent.mkdir(parents=True, exist_ok=True)
            args.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
            print(json.dumps({name: found[name]}, indent=2), flush=True)
    return 0


def figures(step: Callable[[Bench], Figures], bench: Bench) -> Figures:
    """A step's figures, or why it has none: the others are worth having all the same."""
    try:
        return step(bench)
    except RuntimeError as failed:
        return {"failed": str(failed)}


def alike(found: Groups, others: Groups) -> float:
    """F of purity and inverse purity of one way to group calls against another."""
    return scores([found.get(id) for id in others], list(others.values())).f


def share(those: Iterable[bool]) -> float:
    """How many of them, between 0 and 1."""
    counted = list(those)
    return round(sum(counted) / len(counted), 4)


def ratio(one: float, other: float) -> float:
    """The one by the other."""
    return round(one / other, 2)


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, file=sys.stderr, flush=True)


def _found(path: Path) -> Figures:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=STEPS, metavar="STEP", help="do these; other figures stay")
    parser.add_argument("--resume", action="store_true", help="leave out the steps whose figures are there")
    parser.add_argument("--million", action="store_true", help="with the last step")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS, metavar="SET", help="of these only")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the labelled sets [%(default)s]")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures go [%(default)s]")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
