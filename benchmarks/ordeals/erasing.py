"""``kill -9`` in the middle of an erasure, and of an exchange of keys: the next run completes, nothing else is lost."""

import os
import random
import shutil
import signal
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from hashlib import blake2b
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.ordeals.kill import is_sound
from benchmarks.ordeals.load import processes
from slm_instrument.canonical import faithful_json
from slm_instrument.cli import run
from slm_instrument.privacy.erase import pending
from slm_instrument.records import Call, Message
from slm_instrument.store import open_store, rekey, sql_retain

CALLS, ORIGINS = 4_000, 20
_ERASED = "origin-7"
_SYSTEM = Message("system", "You sort the messages of a shop. " * 31)

Job = Sequence[Sequence[str]]  # command lines, one after the other


@dataclass(frozen=True, slots=True)
class Outcome:
    """One kill: ``at_ms`` into the job, ``found`` what the database was like then, ``kept`` whether all was well."""

    at_ms: float
    found: str
    kept: bool
    wrong: tuple[str, ...] = ()


def erasures(kills: int, seed: int, said: Callable[[str], None]) -> dict[str, Any]:
    """Kill so many processes that erase an origin."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder, "template")
        before = _made(template)
        needles = _stored_bytes(template / "calls.db", [id for id, (origin, _) in before.items() if origin == _ERASED])

        def judge(at: Path, number: int) -> Outcome:
            return _after_erasure(at, before, needles, resume=number % 2 == 0)

        job = [["erase", "--origin", _ERASED, "--store", "STORE"]]
        return _ordeal(template, job, kills, seed, judge, said)


def rotations(kills: int, seed: int, said: Callable[[str], None]) -> dict[str, Any]:
    """Kill so many processes that exchange the keys and encrypt everything anew."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder, "template")
        before = _made(template)
        job = [["db", "rotate", "--data", "--store", "STORE"], ["db", "reseal", "--store", "STORE"]]
        return _ordeal(template, job, kills, seed, lambda at, _: _after_rotation(at, before, job), said)


def _ordeal(
    template: Path, job: Job, kills: int, seed: int, judge: Callable[[Path, int], Outcome], said: Callable[[str], None]
) -> dict[str, Any]:
    whole_s = min(_took(template, job) for _ in range(3))
    draw, done = random.Random(seed), list[Outcome]()
    for number in range(kills):
        with tempfile.TemporaryDirectory() as folder:
            at = Path(folder, "copy")
            shutil.copytree(template, at)
            after_s = _killed(at, job, draw.uniform(0, 1.1 * whole_s))
            outcome = judge(at, number)
            done.append(Outcome(round(after_s * 1e3, 1), outcome.found, outcome.kept, outcome.wrong))
        said(f"kill {number + 1} of {kills}: {done[-1]}")
    broken = [asdict(each) for each in done if not each.kept]
    found = dict(Counter(each.found for each in done))
    return {
        "kept": not broken,
        "kills": kills,
        "calls": CALLS,
        "job_ms": round(whole_s * 1e3),
        "found": found,
        "broken": broken,
    }


def _after_erasure(at: Path, before: "Calls", needles: Sequence[bytes], *, resume: bool) -> Outcome:
    wrong: list[str] = []
    others = {id: digest for id, (origin, digest) in before.items() if origin != _ERASED}
    everybody = {id: digest for id, (_, digest) in before.items()}
    present, found = _present(at), "complete"
    if present == everybody:
        found = "not begun"
    elif present != others:
        found, wrong = "in between", ["calls of others are missing or altered"]
    if _pending(at):
        found = "to be completed"
        if resume and _run(at, [["erase", "--resume", "--store", "STORE"]]):
            wrong.append("erase --resume failed")
    again = found == "not begun" or not resume
    if again and _run(at, [["erase", "--origin", _ERASED, "--store", "STORE"]]):
        wrong.append("the next erasure failed")
    if _present(at) != others:
        wrong.append("what is left is not exactly the others' calls")
    if _pending(at):
        wrong.append("the next run did not complete it")
    wrong += _flaws(at)
    wrong += [f"erased bytes in {file}" for file in _files_with(at, needles)]
    return Outcome(0.0, found, not wrong, tuple(wrong))


def _after_rotation(at: Path, before: "Calls", job: Job) -> Outcome:
    wrong: list[str] = []
    everybody = {id: digest for id, (_, digest) in before.items()}
    left = _to_reseal(at)
    if _present(at) != everybody:
        wrong.append("calls cannot be read after the kill")
    if _run(at, job):
        wrong.append("the next exchange failed")
    if _present(at) != everybody:
        wrong.append("calls cannot be read after the next exchange")
    if _to_reseal(at):
        wrong.append("not everything was encrypted anew")
    return Outcome(0.0, "all of one key" if not left else "of two keys", not wrong, (*wrong, *_flaws(at)))


def _flaws(at: Path) -> list[str]:
    flaws = [] if is_sound(at) else ["the database is damaged, or a spool is left"]
    with closing(open_store(_url(at), create=False)) as store, store.reading() as connection:
        unused = sql_retain.unused(connection)
        entities = sql_retain.unmentioned(connection)
    if unused.nodes or unused.contents or unused.scopes or entities:
        flaws.append("something is there that no call uses")
    return flaws


Calls = dict[str, tuple[str, bytes]]  # id -> (origin, digest of the call as it is read back)


def _made(folder: Path) -> Calls:
    """A new store, and what is in it."""
    folder.mkdir()
    origins: dict[str, str] = {}
    with closing(open_store(_url(folder))) as store:
        calls = list(_calls())
        for start in range(0, CALLS, 500):
            store.add_calls(calls[start : start + 500])
        origins = {call.id: call.origin or "" for call in calls}
    return {id: (origins[id], digest) for id, digest in _present(folder).items()}


def _calls() -> Iterator[Call]:
    draw = random.Random(0)
    for number in range(CALLS):
        origin = f"origin-{number % ORIGINS}"
        turns = [Message("user", f"{draw.randbytes(120).hex()} write to {origin}-{n}@example.org") for n in range(2)]
        answer = Message("assistant", draw.randbytes(60).hex())
        trace = f"{origin}-{number // ORIGINS // 4}"
        yield Call(id=f"c{number}", trace_id=trace, origin=origin, messages=(_SYSTEM, *turns), response=answer)


def _present(at: Path) -> dict[str, bytes]:
    with closing(open_store(_url(at), create=False)) as store:
        return {call.id: _digest(call) for call in store.iter_calls()}


def _digest(call: Call) -> bytes:
    texts = [*(message.to_openai() for message in call.messages), call.response and call.response.to_openai()]
    return blake2b(faithful_json([call.id, call.trace_id, texts]), digest_size=16).digest()


def _pending(at: Path) -> int:
    with closing(open_store(_url(at), create=False)) as store:
        return pending(store)


def _to_reseal(at: Path) -> int:
    with closing(open_store(_url(at), create=False)) as store:
        return rekey.count_to_reseal(store)


def _stored_bytes(file: Path, ids: Sequence[str]) -> list[bytes]:
    """What lies in the file of answers, looked up without the package."""
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT c.data FROM contents c JOIN calls ON calls.response_id = c.id WHERE calls.id = ?"
        return [connection.execute(query, (id,)).fetchone()[0][:24] for id in ids]


def _files_with(at: Path, needles: Sequence[bytes]) -> list[str]:
    files = {path.name: path.read_bytes() for path in at.iterdir() if path.is_file()}
    return [name for name, data in files.items() if any(needle in data for needle in needles)]


def _url(folder: Path) -> str:
    return f"sqlite:///{folder}/calls.db"


def _took(template: Path, job: Job) -> float:
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder, "copy")
        shutil.copytree(template, at)
        return _killed(at, job, None)


def _run(at: Path, job: Job) -> int:
    """Do a job in a process of its own; returns the exit status."""
    ours, theirs = processes().Pipe()
    process = processes().Process(target=_work, args=(_url(at), job, theirs))
    process.start()
    ours.recv()
    ours.send("go")
    process.join()
    return process.exitcode or 0


def _killed(at: Path, job: Job, after_s: float | None) -> float:
    """Do a job in a process that is killed after so many seconds (None: when it has ended); returns how long it ran."""
    ours, theirs = processes().Pipe()
    process = processes().Process(target=_work, args=(_url(at), job, theirs))
    process.start()
    ours.recv()
    began = time.monotonic()
    ours.send("go")
    process.join(after_s)
    took = time.monotonic() - began
    if process.is_alive():
        os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    return took


def _work(url: str, job: Job, told: Connection) -> None:
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    open_store(url, create=False).close()  # what is imported now is not part of the time
    told.send("ready")
    told.recv()
    for arguments in job:
        status = run([url if argument == "STORE" else argument for argument in arguments])
        if status:
            raise SystemExit(status)
