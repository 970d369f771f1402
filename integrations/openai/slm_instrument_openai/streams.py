"""Response streams of which an exchange gets to see every chunk; the chunks go through untouched, one by one."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from functools import lru_cache
from typing import Any

from slm_instrument_openai.exchange import Exchange


def tapped(stream: object, exchange: Exchange) -> Any:
    """The same stream of httpx or httpx2, seen by an exchange."""
    return _tapped_class(type(stream))(stream, exchange)


class _Tapped:
    def __init__(self, stream: Any, exchange: Exchange) -> None:
        self._stream = stream
        self._exchange = exchange

    def __getattr__(self, name: str) -> Any:  # httpx2 asks its streams how long they took
        return getattr(self._stream, name)


class _TappedStream(_Tapped):
    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._stream:
                self._exchange.came(chunk)
                yield chunk
        except GeneratorExit:
            raise
        except BaseException as e:
            self._exchange.broke_off(e)
            raise
        self._exchange.finish()

    def close(self) -> None:
        try:
            self._stream.close()
        finally:
            self._exchange.close()


class _TappedAsyncStream(_Tapped):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = self._stream.__aiter__()
        try:
            async for chunk in chunks:
                self._exchange.came(chunk)
                yield chunk
        except GeneratorExit:
            raise
        except BaseException as e:
            self._exchange.broke_off(e)
            raise
        finally:
            if isinstance(chunks, AsyncGenerator):
                await chunks.aclose()
        self._exchange.finish()

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            self._exchange.close()


@lru_cache(maxsize=64)
def _tapped_class(kind: type) -> type:
    """A class that httpx takes for one of its own streams: it looks whether a stream is for sync or for async code."""
    is_async = any(base.__name__ == "AsyncByteStream" for base in kind.__mro__)
    wanted = ("AsyncByteStream",) if is_async else ("SyncByteStream",)
    bases = tuple(base for base in kind.__mro__ if base.__name__ in wanted)
    return type("TappedStream", (_TappedAsyncStream if is_async else _TappedStream, *bases), {})
