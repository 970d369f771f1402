"""Attempts of one call: the SDK sends a request again after some failures, and all of it is one call.

The SDK's retries run in one function (``openai._base_client``, ``request``), one after the other in the same thread or
task. So a failed attempt that the SDK is going to repeat is kept in the context (PEP 567), where the next attempt finds
it. Whether it is going to is asked of that function itself, of whose variables ``remaining_retries`` has kept its name
through all of openai 1, 2 and 3; where it is not found, there are no retries and the failure is the call's.

A retry may never come, for the task is cancelled while it waits. Then the failure is recorded when the context makes
another call or ends, when any call is made after the longest wait, or when the process ends.
"""

import inspect
import time
from collections import deque
from contextlib import suppress
from contextvars import ContextVar
from typing import Any
from weakref import ref

from slm_instrument_openai.exchange import Exchange

LONGEST_WAIT_S = 130.0  # the SDK obeys a Retry-After of at most two minutes
_FRAMES = 12  # between the SDK's loop and here: few, but a user's http client may have some of its own

_expected: ContextVar[Exchange | None] = ContextVar("slm_instrument_openai_expected", default=None)
# When the wait of an attempt will be over, whose it is, and which of its attempts; the oldest first.
_waiting: deque[tuple[float, ref[Exchange], int]] = deque(maxlen=10_000)


def is_retried(outcome: Any) -> bool:
    """Whether the SDK, which called us, is going to send its request again.

    Args:
        outcome: The httpx response, or the exception that there is instead.
    """
    frame: Any = inspect.currentframe()
    for _ in range(_FRAMES):
        if frame is None:
            return False
        if frame.f_code.co_name == "request" and frame.f_globals.get("__name__") == "openai._base_client":
            return _decided(outcome, frame.f_locals, frame.f_globals)
        frame = frame.f_back
    return False


def expect(exchange: Exchange) -> None:
    """Keep a failed attempt for the next one."""
    _waiting.append((time.monotonic() + LONGEST_WAIT_S, ref(exchange), exchange.attempts))
    exchange.await_end()
    _expected.set(exchange)


def expected(request: Any) -> Exchange | None:
    """The call that a request is a further attempt of; a call that it shows to be over is finished."""
    if _waiting:
        _finish_overdue()
    exchange = _expected.get()
    if exchange is None:
        return None
    _expected.set(None)
    is_retry = request.headers.get("x-stainless-retry-count") != "0" and request.content == exchange.body
    if is_retry and not exchange.is_left:
        exchange.begin_attempt()
        return exchange
    exchange.finish()
    return None


def _decided(outcome: Any, names: Any, module: Any) -> bool:
    if not names.get("remaining_retries"):
        return False
    if not isinstance(outcome, BaseException):
        return bool(names["self"]._should_retry(outcome))
    # openai 2 retries after any exception, openai 3 after those of the http library.
    kinds = module.get("request_exceptions")
    return isinstance(outcome, kinds() if kinds is not None else Exception)


def _finish_overdue() -> None:
    now = time.monotonic()
    with suppress(IndexError):  # other threads do this too
        while _waiting[0][0] < now:
            _, exchange, attempt = _waiting.popleft()
            overdue = exchange()
            if overdue is not None and overdue.attempts == attempt:
                overdue.finish()
