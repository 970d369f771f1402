"""What survives a crash, an outage and a full disk: python -m benchmarks.durability [kill | outage | disk].

Processes record under load and are killed at random moments; the store is down for a minute; disks are full or
read-only. Counts what was lost, and ends with status 1 when that is more than was promised.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.ordeals import disk, kill, outage

RESULTS = Path(__file__).with_name("results") / "durability.json"


def main() -> int:
    options = arguments()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "kill": lambda: kill.measure(options.kills, options.seed, say),
        "outage": lambda: outage.measure(options.seconds, say),
        "disk": lambda: disk.measure(say),
    }
    results: dict[str, Any] = {"machine": machine(("sqlalchemy", "psycopg"))}
    # Spools that do not lie beside a database go here, and not to the user's own; child processes inherit it.
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        for part in [options.part] if options.part else parts:
            began = time.monotonic()
            results[part] = parts[part]() | {"took_s": round(time.monotonic() - began)}
            write(options.json, results)
    broken = [part for part in parts if not results.get(part, {}).get("kept", True)]
    say(f"promises broken in: {', '.join(broken)}" if broken else "all promises kept")
    return 1 if broken else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("part", nargs="?", choices=("kill", "outage", "disk"), help="this one only; default: all three")
    parser.add_argument("--kills", type=int, default=100, help="how many processes are killed (default 100)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each store is down (default 60)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments at which processes are killed")
    parser.add_argument("--json", type=Path, default=RESULTS)
    return parser.parse_args()


def write(file: Path, results: dict[str, Any]) -> None:
    """Keep the results; parts that were not run keep their older figures."""
    file.parent.mkdir(parents=True, exist_ok=True)
    older: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    file.write_text(json.dumps(older | results, indent=2) + "\n", encoding="utf-8")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
