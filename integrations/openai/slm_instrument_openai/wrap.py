"""Recording what an OpenAI client asks of its models, and letting students answer it."""

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from slm_instrument.capture import Recorder, needs_recorder
from slm_instrument_openai.http import Tap, bare, library_of, recording, tap_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

    from slm_instrument.runtime import Substitutor

ClientT = TypeVar("ClientT", bound="OpenAI | AsyncOpenAI")


def wrap_openai(client: ClientT, recorder: Recorder | None = None, substitutor: "Substitutor | None" = None) -> ClientT:
    """Make a client that records its LLM calls, and lets students answer those that a flag leaves to them.

    >>> client = wrap_openai(OpenAI(), recorder)  # doctest: +SKIP
    >>> client = wrap_openai(OpenAI(), recorder, Substitutor("models/", recorder=recorder))  # doctest: +SKIP

    It sees every request for a chat completion, a response or a completion, by whatever method it is made: ``create``,
    ``parse``, ``stream``, ``with_raw_response``, ``with_streaming_response``, ``client.post``, and those of clients
    made of it by ``with_options``. Attempts that the SDK makes for one call are one call. What the client sends and
    returns stays as it is: bytes, types, exceptions, the pace of streams. Streams are recorded when they are read,
    closed, broken off or dropped, with what had come of them. Nothing here raises into a call.

    The result is a copy; the given client goes on without recording. Both use the same connections, and everything of
    its ``http_client`` (proxies, certificates, timeouts, hooks, cookies) holds for both; closing one closes the other.
    A client of a class that cannot be copied (``with_options`` fails for it too) records itself and is returned. A
    client that records already is returned as it is, unless another recorder or substitutor is given: then that one
    takes over.

    Requests are never changed: a stream has token counts only if it was asked for with
    ``stream_options={"include_usage": True}``, for the chunk that brings them would come as a surprise to whoever did
    not ask. Calls over websockets (``responses.connect``, ``realtime``) are not seen.

    A call that a student answers is not sent at all. What comes back is made here, as the API would have: the same
    types, a stream when a stream was asked for, ``slm:<bundle>`` as the model, no tokens. It is recorded by the
    substitutor. A student may take half of the request's timeout at most; the LLM then has all of it.

    Args:
        client: An ``OpenAI``, ``AsyncOpenAI``, ``AzureOpenAI``, ``AsyncAzureOpenAI`` or a subclass of one.
        recorder: Where calls go. Default: the substitutor's recorder; without a substitutor one for the whole process,
            into the default store.
        substitutor: Decides which calls students answer; shared by as many clients as you like.

    Raises:
        TypeError: the client, the recorder or the substitutor is none.
        ConfigError: the default recorder cannot be made of the environment's settings.
    """
    http_client: Any = getattr(client, "_client", None)
    if library_of(http_client) is None:
        raise TypeError(f"wrap_openai takes a client of the OpenAI SDK, not {type(client).__name__}")
    if recorder is not None:
        needs_recorder(recorder)
    if substitutor is not None:
        _needs_substitutor(substitutor)
    tap = tap_of(http_client)
    if tap is not None and tap.open:
        present = tap.substitution.substitutor if tap.substitution is not None else None
        if recorder in (None, tap.recorder) and substitutor in (None, present):
            return client
        recorder, substitutor = recorder or tap.recorder, substitutor or present
    return _with_http_client(client, recording(bare(http_client), _make_tap(recorder, substitutor)))


def _make_tap(recorder: Recorder | None, substitutor: "Substitutor | None") -> Tap:
    if substitutor is None:
        return Tap(recorder or _default_recorder())
    # Here, for it brings the runtime, which a client that only records does without.
    from slm_instrument_openai.substitution import Substitution

    recorder = recorder or substitutor.recorder
    return Tap(recorder, Substitution(substitutor, recorder))


def _needs_substitutor(given: object) -> None:
    if not callable(getattr(given, "adecide", None)):
        raise TypeError(f"a Substitutor is needed here, not {given!r}")


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
