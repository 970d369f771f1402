"""The store as the writer sees it: opened late, opened again when its file is gone, with bad calls sorted out."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

from slm_instrument.errors import StoreError
from slm_instrument.plain import plain, plain_mapping
from slm_instrument.records import Call, Message, ToolCall, ToolSpec
from slm_instrument.store import Store
from slm_instrument.store.engine import open_store, parse_url, sqlite_file

logger = logging.getLogger("slm_instrument")

_parents_stores: list[Store] = []
_BAD_DATA = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)


class Sink:
    """Writes batches to a store. Used by one thread at a time.

    Args:
        target: The store's address, or an open store, which is then the caller's to close.
    """

    def __init__(self, target: str | Store) -> None:
        self._url = target if isinstance(target, str) else target.url
        self._given = None if isinstance(target, str) else target
        self._store: Store | None = self._given
        self._file = _file_of(self._url)
        self._identity = _identity(self._file)
        self._since_open = 0

    def add(self, calls: Sequence[Call]) -> list[tuple[Call, Exception]]:
        """Write calls durably; returns those that no store would take, each with the reason.

        Raises:
            StoreError: nothing can be written now.
        """
        rejected = self._add(calls)
        if self._gone():  # SQLite goes on writing to an unlinked file: what was written just now is in no store
            rejected = self._add(calls)
        self._since_open += len(calls) - len(rejected)
        return rejected

    def for_child(self) -> "Sink":
        """A sink for a forked child, with connections of its own.

        The parent's are kept alive and unused: closing them here would end them for the parent too. An open store that
        is no SQLite file is shared, as its address does not hold the password.
        """
        if self._store is not None:
            _parents_stores.append(self._store)
        return Sink(self._given if self._given is not None and self._file is None else self._url)

    def close(self) -> None:
        """Close the store, unless it was given open."""
        if self._store is not None and self._store is not self._given:
            self._store.close()
        self._store = None

    def _add(self, calls: Sequence[Call]) -> list[tuple[Call, Exception]]:
        try:
            self._opened().add_calls(calls)
        except Exception as e:
            if not _is_bad_data(e):
                raise e if isinstance(e, StoreError) else StoreError(f"{type(e).__name__}: {e}") from e
            if len(calls) > 1:
                middle = len(calls) // 2
                return self._add(calls[:middle]) + self._add(calls[middle:])
            return self._add_cleaned(calls[0])
        return []

    def _add_cleaned(self, call: Call) -> list[tuple[Call, Exception]]:
        try:
            self._opened().add_calls([cleaned(call)])
        except Exception as e:
            if not _is_bad_data(e):
                raise
            return [(call, e)]
        return []

    def _opened(self) -> Store:
        if self._store is not None and self._gone():
            self._leave_deleted_file()
        if self._store is None:
            self._store = open_store(self._url)
            self._identity = _identity(self._file)
            self._since_open = 0
        return self._store

    def _gone(self) -> bool:
        return self._file is not None and _identity(self._file) != self._identity

    def _leave_deleted_file(self) -> None:
        store, self._store = self._store, None
        logger.warning(
            "slm_instrument: the store %s was deleted or replaced while it was recorded to; %d calls written to it in "
            "this run are lost, recording goes on in a new one",
            self._file,
            self._since_open,
        )
        if store is not None:
            store.close()


def cleaned(call: Call) -> Call:
    """The call with nothing in it that has no JSON form, for the rare one that a store or a file refuses."""
    return replace(
        call,
        messages=tuple(_cleaned_message(message) for message in call.messages),
        tools=tuple(
            ToolSpec(plain(tool.name), plain(tool.description), plain_mapping(tool.parameters)) for tool in call.tools
        ),
        response_format=plain_mapping(call.response_format) or None,
        params=plain_mapping(call.params),
        response=_cleaned_message(call.response) if call.response is not None else None,
        labels=plain_mapping(call.labels),
    )


def _cleaned_message(message: Message) -> Message:
    calls = tuple(ToolCall(plain(call.name), plain(call.arguments), plain(call.id)) for call in message.tool_calls)
    return replace(message, content=plain(message.content), tool_calls=calls, name=plain(message.name))


def _is_bad_data(error: Exception) -> bool:
    """Whether the calls are at fault and not the store; SQLAlchemy wraps both kinds."""
    cause = error.__cause__ if isinstance(error, StoreError) else error
    if isinstance(cause, DBAPIError):
        return isinstance(cause, DataError | IntegrityError)
    return isinstance(cause, (StatementError, *_BAD_DATA))


def _file_of(url: str) -> Path | None:
    file = sqlite_file(parse_url(url))
    return file.absolute() if file is not None else None


def _identity(file: Path | None) -> tuple[int, int] | None:
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
