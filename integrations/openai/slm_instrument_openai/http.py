"""An httpx client that records what passes through it, or lets students answer it, made of one that does not.

The SDK speaks httpx (openai 2) or httpx2 (openai 3); the two are alike, and whichever a client uses is used here.
"""

import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from slm_instrument.capture import Recorder, covered
from slm_instrument.config import disabled
from slm_instrument.records import Call
from slm_instrument_openai import retries
from slm_instrument_openai.endpoints import dialect_of
from slm_instrument_openai.exchange import Exchange
from slm_instrument_openai.streams import tapped

if TYPE_CHECKING:
    from slm_instrument_openai.substitution import Substitution

logger = logging.getLogger("slm_instrument")


@dataclass(slots=True)
class Tap:
    """Where calls go, as long as it is open, and who may answer them before they are sent.

    ``errors`` counts the calls with which something went wrong in here.
    """

    recorder: Recorder | None
    substitution: "Substitution | None" = None
    open: bool = True
    errors: int = 0

    def begin(self, request: Any) -> Exchange | None:
        """A request is about to be sent; None for one that is to be let through."""
        try:
            dialect = dialect_of(request) if self.open else None
            if dialect is None or disabled():
                return None
            if covered():
                self._leave_further_up()
                return None
            return retries.expected(request) or Exchange(self.leave, dialect, request)
        except Exception as e:
            self.note(e)
            return None

    def answer(self, client: Any, exchange: Exchange, request: Any, options: Mapping[str, Any]) -> Any:
        """A student's answer to a request, as a response; None where it is to be sent."""
        if self.substitution is None or client.is_closed:
            return None
        try:
            unread = bool(options.get("stream"))
            return self.substitution.answer(exchange, request, client.slm_library, unread=unread)
        except Exception as e:
            self.note(e)
            return None
        except BaseException as e:
            self.failed(exchange, e)
            raise

    async def aanswer(self, client: Any, exchange: Exchange, request: Any, options: Mapping[str, Any]) -> Any:
        """As :meth:`answer`."""
        if self.substitution is None or client.is_closed:
            return None
        try:
            unread = bool(options.get("stream"))
            return await self.substitution.aanswer(exchange, request, client.slm_library, unread=unread)
        except Exception as e:
            self.note(e)
            return None
        except BaseException as e:  # the task is cancelled
            self.failed(exchange, e)
            raise

    def failed(self, exchange: Exchange, error: BaseException) -> None:
        """There is no answer."""
        try:
            exchange.failed(error)
            if retries.is_retried(error):
                retries.expect(exchange)
            else:
                exchange.finish()
        except Exception as e:
            self.note(e)

    def answered(self, exchange: Exchange, response: Any) -> None:
        """There is an answer: whole, or a stream that is still to be read."""
        try:
            exchange.answered(response)
            if not response.is_success and retries.is_retried(response):
                retries.expect(exchange)
            elif response.is_stream_consumed:
                exchange.came_whole(response.content)
            else:
                exchange.await_end()
                response.stream = tapped(response.stream, exchange)
        except Exception as e:
            self.note(e)
            exchange.finish()

    def leave(self, build: Callable[[], Call]) -> None:
        """A call is over: leave what makes its record to the recorder."""
        try:
            if self.recorder is not None:
                self.recorder.submit(build)
            elif self.substitution is not None:
                self.substitution.read_later(build)
        except Exception as e:
            self.note(e)

    def note(self, error: Exception) -> None:
        """Count a failure in here; only the first is logged."""
        self.errors += 1
        if self.errors == 1:
            logger.warning(
                "slm_instrument: an OpenAI call could not be recorded or put to a student (more are only counted)",
                exc_info=error,
            )

    def _leave_further_up(self) -> None:
        # A framework that records its calls would take a student's answer for the LLM's.
        if self.substitution is not None:
            self.substitution.substitutor.refuse("the call is recorded by another integration")


def library_of(http_client: object) -> ModuleType | None:
    """The library that an http client is of; None when it is of neither."""
    return _library_of_class(type(http_client))


def _library_of_class(kind: type) -> ModuleType | None:
    for base in kind.__mro__:
        root = base.__module__.partition(".")[0]
        if base.__name__ in ("Client", "AsyncClient") and root in ("httpx", "httpx2"):
            return sys.modules[root]
    return None


def recording(http_client: object, tap: Tap) -> Any:
    """The same http client, of a subclass that records.

    It shares all state of the given one (transports and connections, proxies, certificates, cookies, headers, hooks,
    whether it is closed), so that a change of one is a change of both, and keeps it alive. It is closed by whoever
    closes either; being dropped does not close it.
    """
    original = bare(http_client)
    kind: Any = _recording_class(type(original))
    made = object.__new__(kind)
    made.__dict__ = original.__dict__
    made.slm_bare, made.slm_tap = original, tap
    return made


def tap_of(http_client: object) -> Tap | None:
    """Where a client's calls are recorded; None for one that does not record."""
    return http_client.slm_tap if isinstance(http_client, _Recording) else None


def bare(http_client: object) -> object:
    """The client without recording."""
    return http_client.slm_bare if isinstance(http_client, _Recording) else http_client


class _Recording:
    """What goes in front of the class of an http client."""

    __slots__ = ()
    slm_library: ModuleType
    slm_bare: Any
    slm_tap: Tap

    def __del__(self) -> None:
        """Leave the connections alone: the client that this one shares them with closes them when it goes."""


class _RecordingClient(_Recording):
    __slots__ = ()

    def send(self, request: Any, **options: Any) -> Any:
        inner: Any = super()
        exchange = self.slm_tap.begin(request)
        if exchange is None:
            return inner.send(request, **options)
        answer = self.slm_tap.answer(self, exchange, request, options)
        if answer is not None:
            return answer
        try:
            response = inner.send(request, **options)
        except BaseException as e:
            self.slm_tap.failed(exchange, e)
            raise
        self.slm_tap.answered(exchange, response)
        return response


class _RecordingAsyncClient(_Recording):
    __slots__ = ()

    async def send(self, request: Any, **options: Any) -> Any:
        inner: Any = super()
        exchange = self.slm_tap.begin(request)
        if exchange is None:
            return await inner.send(request, **options)
        answer = await self.slm_tap.aanswer(self, exchange, request, options)
        if answer is not None:
            return answer
        try:
            response = await inner.send(request, **options)
        except BaseException as e:
            self.slm_tap.failed(exchange, e)
            raise
        self.slm_tap.answered(exchange, response)
        return response


@lru_cache(maxsize=64)
def _recording_class(kind: type) -> type:
    library: Any = _library_of_class(kind)
    ours = _RecordingAsyncClient if issubclass(kind, library.AsyncClient) else _RecordingClient
    return type(
        f"Recording{kind.__name__}", (ours, kind), {"__slots__": ("slm_bare", "slm_tap"), "slm_library": library}
    )
