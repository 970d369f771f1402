"""One method on one log, in a process of its own: a peak of memory cannot be taken back.

    python -m benchmarks.finding.worker METHOD FOLDER

The folder holds what the method may see, which is no label: ``calls.db`` and ``sample.db`` (stores with all calls and
with a sample of them), ``sample.json`` (the sample's ids and prompts) and ``vectors.npy`` (made by ``embedding``).
``METHOD.json`` is written there. Loading and compiling libraries takes none of the time; loading the model does.
"""

import importlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.finding.rivals import NEEDED, NOISE, RIVALS, Sample, embedded
from slm_instrument.analyze import analyze
from slm_instrument.store import open_store
from slm_instrument.template import Prompt

_FINDING = ("hdbscan", "sentence_transformers", "slm_instrument.analyze.recipe")
LOADED = {"analyze": _FINDING, "analyze_sample": _FINDING, "embedding": ("sentence_transformers",), **NEEDED}
METHODS = ("analyze", "analyze_sample", *RIVALS)


class Prompts(msgspec.Struct):
    """The calls that every method is scored on."""

    ids: list[str]
    prompts: list[Prompt]


@dataclass(frozen=True, slots=True)
class Done:
    """What a method made of the calls it read: their groups by id, None for no group; or why it failed."""

    groups: dict[str, str | None] = field(default_factory=dict[str, str | None])
    seconds: float = 0.0
    peak_rss_mib: int = 0
    matchable: float | None = None
    failed: str | None = None


def main() -> int:
    method, folder = sys.argv[1], Path(sys.argv[2])
    (folder / f"{method}.json").write_bytes(msgspec.json.encode(_done(method, folder)))
    return 0


def _done(method: str, folder: Path) -> Done:
    try:
        for module in LOADED[method]:
            importlib.import_module(module)
    except ModuleNotFoundError as missing:
        return Done(failed=f"{missing.name} is not installed")
    run = {"analyze": _analyze("calls.db"), "analyze_sample": _analyze("sample.db"), "embedding": _embed}
    return run.get(method, _rival(method))(folder)


def _analyze(store_name: str) -> Callable[[Path], Done]:
    def run(folder: Path) -> Done:
        store = open_store(f"sqlite:///{folder / store_name}")
        started = time.perf_counter()
        tasks = analyze(store).tasks
        seconds = time.perf_counter() - started
        groups = dict(store.iter_assignments())
        store.close()
        matched = sum(task.matchable * task.calls for task in tasks)
        return Done(groups, seconds, _peak(), matchable=round(matched / len(groups), 4))

    return run


def _embed(folder: Path) -> Done:
    texts = [prompt.last for prompt in _prompts(folder).prompts]
    started = time.perf_counter()
    vectors = embedded(texts)
    seconds = time.perf_counter() - started
    np.save(folder / "vectors.npy", vectors)
    return Done(seconds=seconds, peak_rss_mib=_peak())


def _rival(name: str) -> Callable[[Path], Done]:
    def run(folder: Path) -> Done:
        known = _prompts(folder)
        RIVALS[name](_made_up())  # what numba compiles at the first call is no part of the time
        vectors = np.load(folder / "vectors.npy") if NEEDED[name] else np.zeros((0, 0), np.float32)
        started = time.perf_counter()
        found = RIVALS[name](Sample(known.prompts, vectors))
        seconds = time.perf_counter() - started
        groups = [None if group == NOISE else str(group) for group in found]
        return Done(dict(zip(known.ids, groups, strict=True)), seconds, _peak())

    return run


def _made_up() -> Sample:
    draw = np.random.default_rng(0)
    vectors = draw.normal(size=(200, 384)).astype(np.float32)
    prompts = [Prompt("", "", f"word{number % 50} text{number % 7}", "") for number in range(len(vectors))]
    return Sample(prompts, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def _prompts(folder: Path) -> Prompts:
    return msgspec.json.decode((folder / "sample.json").read_bytes(), type=Prompts)


def _peak() -> int:
    """MiB at most so far; not ``ru_maxrss``, which begins at the parent's peak."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


if __name__ == "__main__":
    sys.exit(main())
