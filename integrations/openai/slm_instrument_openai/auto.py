"""Recording every client that the process makes, without touching its code."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from weakref import WeakSet

from slm_instrument.capture import Recorder
from slm_instrument_openai.http import Tap, bare, recording, tap_of
from slm_instrument_openai.wrap import set_http_client


def instrument(recorder: Recorder) -> Callable[[], None]:
    """Record the calls of all OpenAI clients made from now on, Azure's and the module's own (``openai.chat``) too.

    So do clients that a framework makes for itself. A call that the framework's own integration records is left to it.

    Args:
        recorder: Where calls go.

    Returns:
        What undoes it, also for the clients made meanwhile.
    """
    from openai import AsyncOpenAI, OpenAI

    tap = Tap(recorder)
    made: WeakSet[Any] = WeakSet()
    restore = [_watch(kind, tap, made) for kind in (OpenAI, AsyncOpenAI)]

    def undo() -> None:
        tap.open = False
        for put_back in restore:
            put_back()
        for client in list(made):
            if tap_of(client._client) is tap:
                set_http_client(client, bare(client._client))

    return undo


def _record(client: Any, tap: Tap, made: WeakSet[Any]) -> None:
    """Have a client record, unless it does."""
    if not tap.open:
        return
    if tap_of(client._client) is None:
        set_http_client(client, recording(client._client, tap))
    if tap_of(client._client) is tap:
        made.add(client)


def _watch(kind: Any, tap: Tap, made: WeakSet[Any]) -> Callable[[], None]:
    """Have every new client of a class record; returns what ends that."""
    init = kind.__init__

    @wraps(init)
    def recording_init(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        try:
            _record(self, tap, made)
        except Exception as e:
            tap.note(e)

    def put_back() -> None:
        if kind.__init__ is recording_init:  # else someone else wrapped it since; it stays, and does nothing
            kind.__init__ = init

    kind.__init__ = recording_init
    return put_back
