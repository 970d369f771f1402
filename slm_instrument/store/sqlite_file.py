"""What is left in an SQLite database's files of what was there before: free pages, and its write-ahead log."""

import time
from typing import Any

from sqlalchemy import Engine

_PAUSE_S = 0.1


def clean_up(engine: Engine, until: float, *, rebuild: bool) -> str | None:
    """Copy the write-ahead log into the database and empty it; says what was in the way, if something was.

    Args:
        engine: Of the database.
        until: When to give up waiting for readers (``time.monotonic``).
        rebuild: Write the whole file anew first (``VACUUM``), which leaves nothing behind of versions that did not
            overwrite what they deleted.
    """
    connection = engine.raw_connection()
    driver: Any = connection.driver_connection
    connection.detach()  # it waits for others in its own way, so nobody else gets it
    try:
        while True:
            driver.execute(f"PRAGMA busy_timeout={max(0, int((until - time.monotonic()) * 1e3))}")
            try:
                if rebuild:
                    driver.execute("VACUUM")
                    rebuild = False
                blocked = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
                problem = "the write-ahead log is being read by another process"
            except driver.OperationalError as e:
                blocked, problem = True, f"the database cannot be cleaned up now ({e})"
            if not blocked:
                return None
            if time.monotonic() > until:
                return problem
            time.sleep(_PAUSE_S)
    finally:
        connection.close()
