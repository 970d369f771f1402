"""How fast call logs are imported, and how small they become.

    python -m benchmarks.imports [SET...] [--data FOLDER] [--json FILE]

The sets of real logged calls are expanded to native JSON lines in a temporary folder; then ``slm-instrument import``
reads them all into a fresh SQLite database, as a process of its own, which is measured as a whole: start, reading,
writing, closing. The data are not part of this repository and nothing of them is kept: the results are figures only.
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
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.machine import machine

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SLM_INSTRUMENT_BENCHMARK_DATA", REPOSITORY.parent / "shared" / "data"))
RESULTS = REPOSITORY / "benchmarks" / "results" / "imports.json"
SETS = (
    *("autocoderover", "tau_bench", "chatdev", "crewai_cassettes", "reflexion_hotpotqa", "alpaca_eval_judge"),
    *("banking77", "banking77_llm", "bfcl_gold", "clinc150"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"default: {' '.join(SETS)}")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--json", type=Path, default=RESULTS)
    args = parser.parse_args()
    if not (args.data / "expand.py").is_file():
        print(f"the data are not here: {args.data} has no expand.py; name their folder with --data", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        files = expanded(args.data, args.sets or SETS, Path(folder))
        figures = measured(files, Path(folder) / "calls.db")
    print(
        f"{figures['calls']:,} calls in {figures['seconds']} s ({figures['calls_per_s']:,} a second), "
        f"{figures['json_mb']} MB of JSON into {figures['database_mb']} MB ({figures['ratio']:.1%}), "
        f"{figures['peak_rss_mb']} MB of memory at most, {figures['cpu_s']} s of CPU"
    )
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps(machine() | figures, indent=2) + "\n", encoding="utf-8")
    return 0


def expanded(data: Path, sets: Iterable[str], folder: Path) -> list[Path]:
    """The sets as native JSON lines, one file each."""
    sys.path.insert(0, str(data))
    calls: Callable[[Path], Iterable[dict[str, Any]]] = importlib.import_module("expand").calls
    files: list[Path] = []
    for name in sets:
        files.append(folder / f"{name}.jsonl")
        with files[-1].open("w", encoding="utf-8") as out:
            out.writelines(f"{json.dumps(call, ensure_ascii=False)}\n" for call in calls(data / f"{name}.jsonl.gz"))
    return files


def measured(files: list[Path], database: Path) -> dict[str, Any]:
    """Figures of one import; MB are 10^6 bytes."""
    command = [sys.executable, "-m", "slm_instrument", "import", *map(str, files), "--store", f"sqlite:///{database}"]
    started = time.perf_counter()
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds = time.perf_counter() - started
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    calls = int(said.split()[0].replace(",", ""))
    size_in = sum(file.stat().st_size for file in files)
    size_out = sum(part.stat().st_size for part in database.parent.glob(f"{database.name}*"))
    return {
        "sets": [file.stem for file in files],
        "calls": calls,
        "seconds": round(seconds, 1),
        "calls_per_s": round(calls / seconds),
        "cpu_s": round(spent.ru_utime + spent.ru_stime, 1),
        "peak_rss_mb": round(spent.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6),
        "json_mb": round(size_in / 1e6, 1),
        "database_mb": round(size_out / 1e6, 1),
        "ratio": round(size_out / size_in, 4),
    }


if __name__ == "__main__":
    sys.exit(main())
