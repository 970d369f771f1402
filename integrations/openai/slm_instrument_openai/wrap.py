"""Recording what an OpenAI client asks of its models."""

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from slm_instrument.capture import Recorder, needs_recorder
from slm_instrument_openai.http import Tap, bare, library_of, recording, tap_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

ClientT = TypeVar("ClientT", bound="OpenAI | AsyncOpenAI")


def wrap_openai(client: ClientT, recorder: Recorder | None = None) -> ClientT:
    """Make a client that records its LLM calls.

    >>> client = wrap_openai(OpenAI(), recorder)  # doctest: +SKIP

    It sees every request for a chat completion, a response or a completion, by whatever method it is made: ``create``,
    ``parse``, ``stream``, ``with_raw_response``, ``with_streaming_response``, ``client.post``, and those of clients
    made of it by ``with_options``. Attempts that the SDK makes for one call are one call. What the client sends and
    returns stays as it is: bytes, types, exceptions, the pace of streams. Streams are recorded when they are read,
    closed, broken off or dropped, with what had come of them. Nothing here raises into a call.

    The result is a copy; the given client goes on without recording. Both use the same connections, and everything of
    its ``http_client`` (proxies, certificates, timeouts, hooks, cookies) holds for both; closing one closes the other.
    A client of a class that cannot be copied (``with_options`` fails for it too) records itself and is returned. A
    client that records already is returned as it is, unless another recorder is given: then that one takes over.

    Requests are never changed: a stream has token counts only if it was asked for with
    ``stream_options={"include_usage": True}``, for the chunk that brings them would come as a surprise to whoever did
    not ask. Calls over websockets (``responses.connect``, ``realtime``) are not seen.

    Args:
        client: An ``OpenAI``, ``AsyncOpenAI``, ``AzureOpenAI``, ``AsyncAzureOpenAI`` or a subclass of one.
        recorder: Where calls go. Default: one recorder for the whole process, into the default store.

    Raises:
        TypeError: the client is no such client, or the recorder is none.
        ConfigError: the default recorder cannot be made of the environment's settings.
    """
    http_client: Any = getattr(client, "_client", None)
    if library_of(http_client) is None:
        raise TypeError(f"wrap_openai takes a client of the OpenAI SDK, not {type(client).__name__}")
    if recorder is not None:
        needs_recorder(recorder)
    tap = tap_of(http_client)
    if tap is not None and tap.open and recorder in (None, tap.recorder):
        return client
    tap = Tap(recorder if recorder is not None else _default_recorder())
    return _with_http_client(client, recording(bare(http_client), tap))


def _with_http_client(client: ClientT, http_client: Any) -> ClientT:
    try:
        return client.copy(http_client=http_client)
    except TypeError:  # a subclass whose constructor takes other arguments
        set_http_client(client, http_client)
        return client


def set_http_client(client: Any, http_client: Any) -> None:
    """Let a client use another http client."""
    client._client = http_client


@cache
def _default_recorder() -> Recorder:
    return Recorder()
