"""One call as the caller's thread sees it: references and clock readings. The record is made of it later."""

import atexit
import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from weakref import WeakSet

from slm_instrument.capture import annotations
from slm_instrument.dialects import Request
from slm_instrument.dialects.openai_stream import Dialect
from slm_instrument.records import Call, Failure

MAX_BYTES = 16 * 2**20  # of an answer that are kept; a stream of 40,000 tokens, far more without streaming
_MAX_ERROR_CHARS = 2_000

_unfinished: WeakSet["Exchange"] = WeakSet()


class Exchange:
    """A request, its attempts, and what has come back so far.

    It is left to the recorder once: when the answer is read, when it is closed or fails before that, or when nobody
    holds the stream any more. No method raises.

    Args:
        leave: Takes what will make the record.
        dialect: What its bodies are written in.
        request: The httpx request.
    """

    def __init__(self, leave: Callable[[Callable[[], Call]], None], dialect: Dialect, request: Any) -> None:
        self.at = time.time()
        self.started = time.perf_counter()
        self.said = annotations()
        self.dialect: Dialect = dialect
        self.url: Any = request.url
        self.body: bytes = request.content
        self.attempts = 0
        self.request: Request | None = None  # what the body says, where it has been read already
        self.id: str | None = None  # the record's, where it has one already
        self.tell: Callable[[Call], None] | None = None  # who else is to see the record
        self._leave = leave
        self._left = False
        self.begin_attempt()

    def begin_attempt(self) -> None:
        """The request is sent, perhaps again."""
        self.attempts += 1
        self.status: int | None = None
        self.headers: Any = None
        self.chunks: list[bytes] = []
        self.times: list[float] = []  # when each came
        self.kept = 0
        self.truncated = self.decoded = self.closed_early = False
        self.error: Failure | None = None
        self.ended: float | None = None

    def restart_clock(self) -> None:
        """The call begins only now: until here it was not on its way to the LLM."""
        self.at = time.time()
        self.started = time.perf_counter()

    def answered(self, response: Any) -> None:
        """The head of the answer is there."""
        self.status = response.status_code
        self.headers = response.headers

    def came(self, chunk: bytes) -> None:
        """A piece of the body is there, as it came over the wire."""
        self.kept += len(chunk)
        if self.kept <= MAX_BYTES:
            self.chunks.append(chunk)
            self.times.append(time.perf_counter())
        else:
            self.truncated = True

    def came_whole(self, content: bytes) -> None:
        """The body is there, and httpx has undone its encodings."""
        self.decoded = True
        self.came(content)
        self.finish()

    def failed(self, error: BaseException) -> None:
        """The attempt ended with an exception."""
        # As text at once: an exception holds its frames, and all that is in them, alive.
        self.error = failure_of(error)
        self.ended = time.perf_counter()

    def broke_off(self, error: BaseException) -> None:
        """Reading the answer ended with an exception."""
        self.failed(error)
        self.finish()

    def await_end(self) -> None:
        """The call goes on outside of the caller's view: see to it that it is recorded whatever happens."""
        _unfinished.add(self)

    def close(self) -> None:
        """Nothing more will be read."""
        if not self._left:
            self.closed_early = True
            self.finish()

    def finish(self) -> None:
        """Leave the call to the recorder."""
        if self._left:
            return
        self._left = True
        self.ended = self.ended or time.perf_counter()
        _unfinished.discard(self)
        self._leave(self.to_call)

    @property
    def is_left(self) -> bool:
        """Whether it has been left to the recorder: nothing can be added any more."""
        return self._left

    def forget(self) -> None:
        """Leave the call to someone else: a parent process, a student."""
        self._left = True

    def to_question(self, body: Any) -> Call:
        """The call as it is before its answer.

        Args:
            body: The request's, parsed.
        """
        from slm_instrument_openai.record import make_question

        return make_question(self, body)

    def to_call(self) -> Call:
        """The record; to be made on the recorder's thread."""
        from slm_instrument_openai.record import make_record

        call = make_record(self)
        if self.tell is not None:
            with suppress(Exception):  # the record must not be lost for it
                self.tell(call)
        return call

    def __del__(self) -> None:
        # A stream that nobody holds any more, a retry whose thread or task is gone.
        if not getattr(self, "_left", True):
            self.closed_early = self.error is None
            self.finish()


def failure_of(error: BaseException) -> Failure:
    """An exception under the name that the SDK raises it by."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    name = type(error).__name__
    try:
        text = str(error)[:_MAX_ERROR_CHARS].encode("utf-8", "replace").decode()
    except Exception:
        text = ""
    said = f"{name}: {text}" if text else name
    if "TimeoutException" in kinds:
        return Failure("APITimeoutError", said)
    return Failure("APIConnectionError", said) if "RequestError" in kinds else Failure(name, text)


def _all_unfinished() -> list[Exchange]:
    while True:
        try:
            return list(_unfinished)
        except RuntimeError:  # another thread added one just now
            continue


def _finish_all() -> None:
    for exchange in _all_unfinished():
        exchange.closed_early = exchange.error is None
        exchange.finish()


def _forget_all() -> None:
    for exchange in _all_unfinished():
        exchange.forget()
    _unfinished.clear()


# Registered after the recorder's own, which therefore runs later and writes what is left here.
atexit.register(_finish_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
