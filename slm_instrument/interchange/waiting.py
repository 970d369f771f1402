"""Halves of calls that wait for the other half, on disk: memory does not grow with their number."""

import sqlite3
import weakref
from typing import Any

import msgspec
import zstandard

from slm_instrument.canonical import faithful_json


class WaitingRoom:
    """Values by key, until they are taken; in a file that SQLite makes, and that ends with this object."""

    def __init__(self) -> None:
        # Without a name, it is a temporary file that nobody else can open.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE waiting (key TEXT PRIMARY KEY, value BLOB)")
        self._packer, self._unpacker = zstandard.ZstdCompressor(), zstandard.ZstdDecompressor()
        weakref.finalize(self, self._database.close)

    def put(self, key: str, value: Any) -> bool:
        """Let a value wait; False, and nothing done, when one of that key waits already."""
        packed = self._packer.compress(faithful_json(value))
        return self._database.execute("INSERT OR IGNORE INTO waiting VALUES (?, ?)", (key, packed)).rowcount > 0

    def take(self, key: str) -> Any:
        """The value of that key, which then waits no more; None when there is none."""
        row = self._database.execute("SELECT value FROM waiting WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        self._database.execute("DELETE FROM waiting WHERE key = ?", (key,))
        return msgspec.json.decode(self._unpacker.decompress(row[0]))

    def __len__(self) -> int:
        return self._database.execute("SELECT count(*) FROM waiting").fetchone()[0]
