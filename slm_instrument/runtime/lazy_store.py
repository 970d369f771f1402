"""A store that is opened when it is first needed, by the thread that needs it."""

import threading
from pathlib import Path

from slm_instrument.forking import reset_in_child
from slm_instrument.store import Store


class LazyStore:
    """Gives the store that was handed in, or opens one by its address.

    Opening may take seconds or fail, when the database is locked or its server is down. An agent that starts in that
    minute must not wait for it: the background threads open it, and try again until they can. An SQLite file that was
    replaced is opened anew, because a kill switch is thrown in the file that is there, not in the one that was.
    """

    def __init__(self, store: Store | str | None) -> None:
        self._given = None if isinstance(store, str) else store
        self._url = store if isinstance(store, str) else None
        self._opened: Store | None = None
        self._inherited: Store | None = None
        self._file: Path | None = None
        self._identity: tuple[int, int] | None = None
        self._lock = threading.Lock()
        reset_in_child(self)

    def get(self, *, create: bool = False) -> Store:
        """The store.

        Args:
            create: Make the database when there is none.

        Raises:
            SlmInstrumentError: it cannot be opened.
        """
        if self._given is not None:
            return self._given
        with self._lock:
            if self._opened is not None and _identity(self._file) != self._identity:
                self._close()
            return self._opened or self._open(create)

    def close(self) -> None:
        """Close the store if it was opened here."""
        with self._lock:
            self._close()

    def reset(self) -> None:
        """Open anew in a forked child: a database connection must not be used, nor closed, on both sides."""
        self._lock = threading.Lock()
        self._inherited, self._opened = self._opened or self._inherited, None

    def _open(self, create: bool) -> Store:
        from slm_instrument.addresses import parse_url, sqlite_file
        from slm_instrument.store.engine import open_store  # 200 ms that no agent should pay

        self._opened = open_store(self._url, create=create)
        self._file = sqlite_file(parse_url(self._opened.url))
        self._identity = _identity(self._file)
        return self._opened

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None


def _identity(file: Path | None) -> tuple[int, int] | None:
    try:
        found = file.stat() if file is not None else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found is not None else None
