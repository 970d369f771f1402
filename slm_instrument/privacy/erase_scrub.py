"""After rows are deleted: their remains in files. SQLite's are overwritten, and then looked for; a server's vacuumed.

Deleted cells are overwritten with zeros as they are deleted (``secure_delete``, on for every connection), older copies
of their pages go with the write-ahead log. What may still be there are pages that were free before, of a database that
older versions or other tools wrote: if anything is found, or cannot be looked for, the whole file is rebuilt.
"""

import json
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec
from sqlalchemy import select

from slm_instrument.addresses import absolute_url, in_memory, sqlite_file
from slm_instrument.capture.spool import Spool
from slm_instrument.errors import SlmInstrumentError, StoreError
from slm_instrument.privacy import erase_search
from slm_instrument.records import message_from_openai
from slm_instrument.store import schema
from slm_instrument.store.contents import Codec, compressed, opened
from slm_instrument.store.engine import store_errors
from slm_instrument.store.erasures import ErasedOrigins, Erasure
from slm_instrument.store.sql import SqlStore
from slm_instrument.store.sql_erase import Stored
from slm_instrument.store.sqlite_file import clean_up
from slm_instrument.vault import Keyring
from slm_instrument.vault.keyring import UNSEALED

TOUCHED = (
    "calls", "nodes", "contents", "entities", "mentions", "assignments", "dataset_items", "observations",
    "outcomes", "tasks",
)  # fmt: skip

_NEEDLE = 32  # bytes that are looked for of each piece
_PIECE = 4_000  # a little less than a database page holds of a long content
_PIECES = 8  # of one content
_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What was looked for in every file of the store, and in which files some of it was found.

    Of the ``erased`` contents (those that no other call uses), so many were looked for as they lay there, and so many
    as plain text: all, or a sample of a great many. ``plain`` is none while contents of others are not encrypted yet:
    they may hold the same words.
    """

    erased: int
    stored: int
    plain: int
    files: int
    bytes: int
    found: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """What was done about remains. ``left`` says what is still to be done, a line each; empty: nothing."""

    rebuilt: bool = False
    searched: Searched | None = None
    note: str = ""
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the rows looked like that were deleted: ``rows`` of ``erased``."""

    erased: int = 0
    rows: list[Stored] = field(default_factory=list[Stored])


def scrub(
    store: SqlStore, remembered: Remembered | None, erasures: Sequence[Erasure], *, rebuild: bool, patience_s: float
) -> Scrubbed:
    """Remove the remains of erasures.

    Args:
        store: The store.
        remembered: The rows that were deleted, None when nobody knows them any more.
        erasures: Whose calls must not wait in a spool either.
        rebuild: Write the database anew.
        patience_s: How long to wait for other processes, where they are in the way.
    """
    until = time.monotonic() + patience_s
    waiting = tuple(_waiting(store, erasures, until))
    dialect = store.engine.dialect.name
    if in_memory(store.engine.url):
        return Scrubbed(note="the store is in memory: there are no files")
    if dialect != "sqlite":
        return _vacuumed(store, full=rebuild, left=waiting)
    return _scrub_sqlite(store, remembered, waiting, rebuild or remembered is None, until)


def _scrub_sqlite(
    store: SqlStore, remembered: Remembered | None, waiting: tuple[str, ...], rebuild: bool, until: float
) -> Scrubbed:
    problem = _cleaned_up(store, until, rebuild=rebuild)
    if problem:
        return Scrubbed(left=(*waiting, problem))
    if remembered is None:
        note = "what was deleted is not known any more, so it was not looked for; the database was rebuilt"
        return Scrubbed(rebuilt=True, note=note, left=waiting)
    needles = _needles(store, remembered)
    try:
        searched = _search(store, remembered, *needles)
        if searched.found and not rebuild:
            rebuild = True
            problem = _cleaned_up(store, until, rebuild=True)
            searched = _search(store, remembered, *needles)
    except (OSError, ValueError, subprocess.SubprocessError) as e:
        return Scrubbed(rebuilt=rebuild, left=(*waiting, f"the files could not be searched ({e})"))
    found = tuple(f"{count} of the erased texts are still in {file}" for file, count in searched.found.items())
    return Scrubbed(rebuilt=rebuild, searched=searched, left=(*waiting, *([problem] if problem else []), *found))


def _cleaned_up(store: SqlStore, until: float, *, rebuild: bool) -> str | None:
    problem = clean_up(store.engine, until, rebuild=rebuild)
    return f"{problem}; its old pages go with the next run: slm-instrument erase --resume" if problem else None


def _waiting(store: SqlStore, erasures: Sequence[Erasure], until: float) -> Iterator[str]:
    """What is to be said of spools: calls of the origins that other processes are about to write, and will not."""
    erased = ErasedOrigins({origin: each.deleted_at for each in erasures for origin in each.origins})
    spool = Spool(absolute_url(store.engine.url), keys=store.key_provider)
    with closing(spool):
        while problems := list(_look(spool, erased, store.keys.keyring)):
            if time.monotonic() > until:
                yield from problems
                return
            time.sleep(_PAUSE_S)


def _look(spool: Spool, erased: ErasedOrigins, keyring: Keyring) -> Iterator[str]:
    for path, calls in spool.elsewhere():
        try:
            count = sum(erased.covers(call, keyring) for call in calls)
        except FileNotFoundError:
            continue
        except (OSError, ValueError, SlmInstrumentError) as e:
            yield f"the spool {path} cannot be read ({e}): calls of the origin may be in it"
            continue
        if count:
            yield f"{count} calls of the origin wait in {path}, of a running process, which will leave them out"


def _vacuumed(store: SqlStore, *, full: bool, left: tuple[str, ...]) -> Scrubbed:
    said: list[str] = []

    def note(notice: Any) -> None:
        said.append(str(notice.message_primary))

    with store_errors(store.engine.url), store.engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        driver: Any = connection.connection.driver_connection
        driver.add_notice_handler(note)
        connection.exec_driver_sql(f"VACUUM {'(FULL) ' if full else ''}{', '.join(TOUCHED)}")
        connection.detach()  # the handler goes with it
    if said:  # the tables are another role's: VACUUM passes them over
        refused = f"dead rows are there until the server or the tables' owner vacuums them ({said[0]})"
        return Scrubbed(left=(*left, f"{refused}; as the owner: slm-instrument erase --resume"))
    how = "VACUUM FULL, which wrote the tables anew" if full else "VACUUM"
    return Scrubbed(
        rebuilt=full,
        note=f"dead rows were removed by {how}; the server's own log and backups are its administrator's",
        left=left,
    )


def _needles(store: SqlStore, remembered: Remembered) -> tuple[list[list[bytes]], list[list[bytes]]]:
    """What to look for of each row: as it lay there, and as plain text (none while others' texts are not encrypted)."""
    with store.reading() as connection:
        table = schema.contents
        open_ones = connection.scalar(select(table.c.size).where(table.c.key_number == UNSEALED).limit(1)) is not None
        keyring = store.keys.covering(connection, {row.key_number for row in remembered.rows})
    stored = [_of_stored(row) for row in remembered.rows]
    plain = [] if open_ones else [_of_plain(row, keyring) for row in remembered.rows]
    return [each for each in stored if each], [each for each in plain if each]


def _of_stored(row: Stored) -> list[bytes]:
    if row.key_number == UNSEALED:  # the beginning is that of many: {"role":"user","content":...
        pieces = [row.data] if row.codec == Codec.RAW else [_middle(row.data)]
    else:
        pieces = [row.data[at : at + _NEEDLE] for at in range(0, len(row.data), _PIECE)][:_PIECES]
    return [piece for piece in pieces if len(piece) >= erase_search.LEAST]


def _of_plain(row: Stored, keyring: Keyring) -> list[bytes]:
    """What people said in it, and how it lay there before contents were encrypted."""
    try:
        raw = opened(keyring, row.id, row.codec, row.size, row.key_number, row.data)
    except StoreError:
        return []
    before = [data if codec == Codec.RAW else _middle(data) for codec, data in compressed([raw])]
    pieces = [*map(_middle, _said(msgspec.json.decode(raw))), *before]
    return [piece for piece in pieces if len(piece) >= erase_search.LEAST]


def _said(value: Any) -> Iterator[bytes]:
    """The words of a message, or an entity's value. A single word may be a name that columns hold in plain, too."""
    if isinstance(value, str):
        yield value.encode()
    elif isinstance(value, dict) and "role" in value:
        message = message_from_openai(cast("dict[str, Any]", value))
        texts = (message.text, *(call.arguments for call in message.tool_calls))
        yield from (text.encode() for text in texts if " " in text)


def _middle(data: bytes) -> bytes:
    start = max(0, (len(data) - _NEEDLE) // 2)
    return data[start : start + _NEEDLE]


def _search(store: SqlStore, of: Remembered, stored: list[list[bytes]], plain: list[list[bytes]]) -> Searched:
    results = searched_beside(_files(store), [needle for each in (*stored, *plain) for needle in each])
    return Searched(
        erased=of.erased,
        stored=len(stored),
        plain=len(plain),
        files=len(results),
        bytes=sum(size for size, _ in results.values()),
        found={file: count for file, (_, count) in results.items() if count},
    )


def searched_beside(files: Sequence[Path], needles: Sequence[bytes]) -> dict[str, tuple[int, int]]:
    """:func:`slm_instrument.privacy.erase_search.search`, by another process.

    Raises:
        OSError, subprocess.SubprocessError: there is no Python to run, or it failed.
    """
    asked = {"files": [str(file) for file in files], "needles": [b64encode(needle).decode() for needle in needles]}
    program = [sys.executable, "-I", str(Path(erase_search.__file__))]
    done = subprocess.run(program, input=json.dumps(asked).encode(), capture_output=True, check=True)
    return {file: (size, found) for file, (size, found) in json.loads(done.stdout).items()}


def _files(store: SqlStore) -> list[Path]:
    """The database, its journals, its spools, all that is named after it."""
    database = sqlite_file(absolute_url(store.engine.url))
    assert database is not None
    beside = [path for path in database.parent.iterdir() if path.name.startswith(database.name) and path.is_file()]
    with closing(Spool(absolute_url(store.engine.url), keys=store.key_provider)) as spool:
        return sorted({*beside, *(path for path, _ in spool.elsewhere())})
