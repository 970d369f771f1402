"""Rows of the benchmark of discovery, kept in a file and shown as tables."""

import json
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec
from rich.table import Table

from benchmarks.finding.labelled import AGENTS
from benchmarks.finding.scoring import scores
from benchmarks.finding.worker import METHODS, Done

WHOLE = "analyze"  # the method that reads all calls; the others read a sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A method on a log.

    ``calls`` is how many it read, ``scored`` how many of these the scores are of; ``whole_f`` is the F over all calls,
    where it read them all. ``matchable`` is the share of calls that a found template recognises. ``failed`` says why
    there are no figures.
    """

    log: str
    method: str
    labels: int
    calls: int = 0
    scored: int = 0
    groups: int = 0
    unassigned: int = 0
    purity: float = 0.0
    inverse: float = 0.0
    f: float = 0.0
    whole_f: float | None = None
    matchable: float | None = None
    seconds: float = 0.0
    per_thousand_s: float = 0.0
    peak_rss_mib: int = 0
    failed: str | None = None

    @classmethod
    def of(cls, log: str, method: str, done: Done, labels: dict[str, Hashable], sampled: Sequence[str]) -> "Row":
        """Score what a method made of a log, on the sampled calls."""
        row = cls(log=log, method=method, labels=len(set(labels.values())), failed=done.failed)
        if done.failed:
            return row
        found = [done.groups.get(id) for id in sampled]
        calls = len(labels) if method == WHOLE else len(sampled)
        whole = [done.groups.get(id) for id in labels]
        return replace(
            row,
            calls=calls,
            scored=len(sampled),
            groups=len(set(found) - {None}),
            unassigned=found.count(None),
            **scores(found, [labels[id] for id in sampled])._asdict(),
            whole_f=scores(whole, list(labels.values())).f if method == WHOLE else None,
            matchable=done.matchable,
            seconds=round(done.seconds, 1),
            per_thousand_s=round(1000 * done.seconds / calls, 2),
            peak_rss_mib=done.peak_rss_mib,
        )

    def __str__(self) -> str:
        found = f"F {self.f:.3f}, {self.groups} groups for {self.labels} labels, {self.seconds:.1f} s"
        return f"{self.log:>20}  {self.method:<15} {self.failed or found}"


class Rows:
    """The file of the rows, written anew with each; of other settings nothing is kept."""

    def __init__(self, path: Path, head: dict[str, Any], settings: dict[str, Any], *, resume: bool) -> None:
        self._path = path
        self._head = head | settings
        self._rows: dict[tuple[str, str], Row] = {}
        if resume and path.is_file():
            before = json.loads(path.read_text(encoding="utf-8"))
            if all(before.get(name) == value for name, value in settings.items()):
                done = (msgspec.convert(row, Row) for row in before["rows"])
                self._rows = {(row.log, row.method): row for row in done if row.failed is None}

    def lacks(self, log: str, method: str) -> bool:
        """Whether there is no such row yet."""
        return (log, method) not in self._rows

    def of(self, logs: Iterable[str]) -> list[Row]:
        """The rows of some logs."""
        wanted = set(logs)
        return [row for row in self._rows.values() if row.log in wanted]

    def add(self, row: Row) -> None:
        """Keep a row."""
        self._rows[row.log, row.method] = row
        rows = [asdict(row) for row in self._rows.values()]
        found = self._head | {"agents": macro(self.of(AGENTS)), "rows": rows}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def macro(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """Mean and least F of each method over the logs that it has a row for; and of ``analyze`` over all calls."""
    found: dict[str, dict[str, Any]] = {}
    for method in METHODS:
        own = [row for row in rows if row.method == method and not row.failed]
        if own:
            found[method] = _mean_and_least([row.f for row in own])
        if own and method == WHOLE:
            found[f"{WHOLE}, every call scored"] = _mean_and_least([row.whole_f or 0.0 for row in own])
    return found


def _mean_and_least(values: Sequence[float]) -> dict[str, Any]:
    return {"mean_f": round(fmean(values), 4), "least_f": min(values), "logs": len(values)}


def tables(title: str, rows: Sequence[Row], averaged: Sequence[str]) -> list[Table]:
    """Scores and costs of every method (a column) on every log (a line), and the average over some of the logs."""
    cells: dict[str, Callable[[Row], str]] = {
        "F of purity and inverse purity": lambda row: f"{row.f:.3f}",
        "purity / inverse purity": lambda row: f"{row.purity:.2f} / {row.inverse:.2f}",
        "groups (calls in none, of those scored)": lambda row: f"{row.groups} ({row.unassigned})",
        "seconds per thousand calls, peak MiB": lambda row: f"{row.per_thousand_s:.1f}, {row.peak_rss_mib}",
    }
    made = [_table(f"{title}: {what}", rows, cell) for what, cell in cells.items()]
    means = macro([row for row in rows if row.log in averaged])
    for label, field in (("mean", "mean_f"), ("least", "least_f")):
        shown = (f"{means[method][field]:.3f}" if method in means else "" for method in _methods(rows))
        made[0].add_row(label, "", *shown)
    return made


def _table(title: str, rows: Sequence[Row], cell: Callable[[Row], str]) -> Table:
    table = Table(title=title)
    for name in ("log", "labels", *_methods(rows)):
        table.add_column(name, justify="left" if name == "log" else "right")
    for log in dict.fromkeys(row.log for row in rows):
        own = {row.method: row for row in rows if row.log == log}
        shown = {method: "failed" if row.failed else cell(row) for method, row in own.items()}
        table.add_row(log, str(next(iter(own.values())).labels), *(shown.get(method, "") for method in _methods(rows)))
    return table


def _methods(rows: Sequence[Row]) -> list[str]:
    """Those that any of the rows is of."""
    used = {row.method for row in rows}
    return [method for method in METHODS if method in used]
