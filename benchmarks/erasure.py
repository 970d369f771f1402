"""What erasure and retention cost and withstand: python -m benchmarks.erasure [kill | rotate | size | retention].

Processes are killed in the middle of an erasure and of an exchange of keys; an origin is erased from a great store;
calls past their time are deleted beside a process that records 1,000 calls a second. Ends with status 1 when a call was
lost, or something erased was found.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.ordeals import erasing
from benchmarks.ordeals.kill import is_sound
from benchmarks.ordeals.load import Load, Shared, call, processes
from slm_instrument.privacy import retain
from slm_instrument.privacy.erase import erase
from slm_instrument.privacy.retain import Rule
from slm_instrument.records import Call, Message
from slm_instrument.store import open_store

RESULTS = Path(__file__).with_name("results") / "erasure.json"
OF_ORIGIN = 1_000  # calls
RATE = 1_000  # calls a second, recorded beside
KEPT_DAYS, DAYS = 30, 60
_NEW = 900  # the worker whose calls those are


def main() -> int:
    options = arguments()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "kill": lambda: erasing.erasures(options.kills, options.seed, say),
        "rotate": lambda: erasing.rotations(options.kills, options.seed, say),
        "size": lambda: on_great_store(options.calls, erased),
        "retention": lambda: on_great_store(options.calls, retained),
    }
    results: dict[str, Any] = {"machine": machine(("sqlalchemy",))}
    os.environ["SLM_INSTRUMENT_REDACTION"] = "off"  # measured elsewhere; making 200,000 calls takes minutes as it is
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        for part in [options.part] if options.part else parts:
            results[part] = parts[part]()
            say(f"{part}: {results[part]}")
            write(options.json, results)
    broken = [part for part in parts if not results.get(part, {}).get("kept", True)]
    say(f"promises broken in: {', '.join(broken)}" if broken else "all promises kept")
    return 1 if broken else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("part", nargs="?", choices=("kill", "rotate", "size", "retention"), help="default: all four")
    parser.add_argument("--kills", type=int, default=50, help="of each kind (default 50)")
    parser.add_argument("--calls", type=int, default=200_000, help="in the great store (default 200,000)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments at which processes are killed")
    parser.add_argument("--json", type=Path, default=RESULTS)
    return parser.parse_args()


def on_great_store(calls: int, measure: Callable[[Path, int], dict[str, Any]]) -> dict[str, Any]:
    """Figures of something done to a store of so many calls."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        with closing(open_store(url_of(Path(folder)))) as store:
            made = list[Call]()
            for each in old_calls(calls):
                made.append(each)
                if len(made) == 1_000:
                    store.add_calls(made)
                    made.clear()
            store.add_calls(made)
        say(f"a store of {calls:,} calls was made in {time.monotonic() - began:.0f} s")
        size_mb = round((Path(folder) / "calls.db").stat().st_size / 1e6)
        return {"calls": calls, "store_mb": size_mb} | measure(Path(folder), calls)


def old_calls(calls: int) -> Iterator[Call]:
    """Dialogues of four calls, of many origins, made over the last days, oldest first."""
    origins, now = max(1, calls // OF_ORIGIN), datetime.now(UTC)
    for number in range(calls):
        dialogue, turns = number // 4, number % 4 + 1
        said = [
            Message("user", f"turn {turn} of dialogue {dialogue}: " + "a few words more " * 8) for turn in range(turns)
        ]
        system = Message("system", "You answer the customers of a shop. " * 28)
        yield Call(
            id=f"old-{number}",
            trace_id=f"dialogue-{dialogue}",
            origin=f"origin-{dialogue % origins}",
            started_at=now - timedelta(days=DAYS * (calls - number) / calls),
            messages=(system, *said),
            response=Message("assistant", f"answer {turns} to dialogue {dialogue}"),
        )


def erased(folder: Path, calls: int) -> dict[str, Any]:
    """Erase one origin."""
    with closing(open_store(url_of(folder))) as store:
        began = time.monotonic()
        report = erase(store, ["origin-3"], by="benchmark")
        took = time.monotonic() - began
        left = store.count_calls()
    searched = report.scrubbed.searched
    assert searched is not None
    return {
        "kept": report.complete and left == calls - report.deleted.rows["calls"] and is_sound(folder),
        "seconds": round(took, 2),
        "rows": report.deleted.rows,
        "looked_for": searched.stored,
        "looked_for_in_plain": searched.plain,
        "erased_texts": searched.erased,
        "searched_mb": round(searched.bytes / 1e6),
        "rebuilt": report.scrubbed.rebuilt,
    }


def retained(folder: Path, calls: int) -> dict[str, Any]:
    """Run retention beside a process that records."""
    ours, theirs = processes().Pipe()
    end = processes().RawValue("b", 0)
    process = processes().Process(target=record_beside, args=(Load(url=url_of(folder), rate=RATE), end, theirs))
    process.start()
    ours.recv()
    time.sleep(5)
    with closing(open_store(url_of(folder))) as store:
        retain.set_rule(store, Rule(days=KEPT_DAYS), by="benchmark")
        report = retain.run(store)
        time.sleep(2)
        end.value = 1
        alone, beside, figures = ours.recv()
        process.join()
        found = [each.id for each in store.iter_calls()]
    new = [id for id in found if id.startswith(f"{_NEW}-")]
    old = len(found) - len(new)
    whole = len(new) == len(set(new)) == figures["recorded"] and old == calls - report.calls
    return {
        "kept": whole and figures["flushed"] and not figures["dropped"] and is_sound(folder),
        "deleted": report.calls,
        "rows": report.rows,
        "seconds": report.seconds,
        **figures,
        "lag_ms_before": _quantiles(alone),
        "lag_ms_beside": _quantiles(beside),
    }


def record_beside(load: Load, end: Shared, told: Connection) -> None:
    """Record at the rate until the end, and send how far behind the writer was: in the first 4 s, and afterwards."""
    recorder = load.recorder()
    alone, beside = list[float](), list[float]()
    began = time.monotonic()

    def watch() -> None:
        while not end.value:
            time.sleep(0.02)
            lag = recorder.lag()
            if lag is not None:
                (alone if 1 < time.monotonic() - began < 4 else beside).append(lag * 1e3)

    threading.Thread(target=watch, daemon=True).start()
    told.send("recording")
    recorded = 0
    for number in range(load.room):
        time.sleep(max(0.0, began + number / load.rate - time.monotonic()))
        at = datetime.now(UTC)  # what the lag is counted from
        one = call(_NEW, number)
        recorder.record(Call(id=one.id, messages=one.messages, response=one.response, started_at=at, duration_ms=0.0))
        recorded += 1
        if end.value:
            break
    flushed = recorder.flush(60)
    stats = recorder.stats()
    counts = {"recorded": recorded, "spilled": stats.spilled, "dropped": stats.dropped, "flushed": flushed}
    told.send((alone, beside[100:], counts))
    recorder.close()


def _quantiles(lags: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(lags, n=100)
    return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1), "max": round(max(lags), 1)}


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder}/calls.db"


def write(file: Path, results: dict[str, Any]) -> None:
    """Keep the results; parts that were not run keep their older figures."""
    file.parent.mkdir(parents=True, exist_ok=True)
    older: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    file.write_text(json.dumps(older | results, indent=2) + "\n", encoding="utf-8")


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
