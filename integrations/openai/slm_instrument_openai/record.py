"""The record of an exchange, made on the recorder's thread."""

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

from slm_instrument.dialects import (
    Reply,
    Request,
    make_call,
    openai_chat,
    openai_completions,
    openai_responses,
)
from slm_instrument.dialects.openai_parts import parse, read_error
from slm_instrument.dialects.openai_stream import read_stream
from slm_instrument.plain import plain_text
from slm_instrument.records import Call, Failure, Message, new_id
from slm_instrument_openai.codings import decoded
from slm_instrument_openai.endpoints import provider_of
from slm_instrument_openai.exchange import Exchange

_DIALECTS = {"chat": openai_chat, "completions": openai_completions, "responses": openai_responses}
_OPERATIONS = {"chat": "chat", "completions": "text_completion", "responses": "chat"}
_ERRORS = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}  # what the SDK raises
_MAX_ERROR_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class _Answer:
    """A body that was read: what it says, whether its end was seen, and when its first token came."""

    reply: Reply
    complete: bool = True
    first_token: float | None = None


def make_question(exchange: Exchange, body: Any) -> Call:
    """The call that a request makes, before there is an answer; its record will be of the same id.

    Args:
        exchange: The call.
        body: The request's, parsed.
    """
    request = exchange.request = _DIALECTS[exchange.dialect].read_request(body)
    exchange.id = new_id()
    return _call(exchange, request, Reply())


def make_record(exchange: Exchange) -> Call:
    """The call that an exchange was."""
    request = exchange.request or _DIALECTS[exchange.dialect].read_request(parse(exchange.body))
    answer = _read(exchange)
    return _call(
        exchange,
        request,
        _with_outcome(exchange, answer),
        duration_ms=_ms(exchange, exchange.ended),
        time_to_first_token_ms=_ms(exchange, answer.first_token),
    )


def _call(exchange: Exchange, request: Request, reply: Reply, **fields: Any) -> Call:
    provider, address = provider_of(exchange.url)
    call = make_call(
        request,
        reply,
        id=exchange.id or new_id(),
        provider=provider,
        operation=_OPERATIONS[exchange.dialect],
        framework="openai",
        started_at=datetime.fromtimestamp(exchange.at, UTC),
        labels=_labels(exchange, address),
        **fields,
    )
    return exchange.said.on(call)


def _read(exchange: Exchange) -> _Answer:
    encoding = "" if exchange.decoded else _header(exchange, "content-encoding")
    chunks = decoded(exchange.chunks, encoding)
    if chunks is None:
        return _Answer(Reply(labels={"unreadable": encoding}), complete=not exchange.closed_early)
    body = b"".join(chunks)
    if not 200 <= (exchange.status or 200) < 300:
        return _Answer(Reply(error=_status_error(exchange.status or 0, body)))
    if "text/event-stream" in _header(exchange, "content-type"):
        return _read_stream(exchange, chunks, body)
    found = parse(body)
    if found is None:
        return _Answer(Reply(labels={"unreadable": "body"} if body else {}), complete=False)
    return _Answer(_DIALECTS[exchange.dialect].read_reply(found))


def _read_stream(exchange: Exchange, chunks: list[bytes], body: bytes) -> _Answer:
    streamed = read_stream(body, exchange.dialect)
    first_token = None
    if streamed.first_token is not None:
        ends = list(accumulate(map(len, chunks)))
        first_token = exchange.times[bisect_left(ends, streamed.first_token)]
    return _Answer(streamed.reply, streamed.complete, first_token)


def _with_outcome(exchange: Exchange, answer: _Answer) -> Reply:
    """The reply, and how the exchange ended where that was not well."""
    error = exchange.error
    # Of a truncated answer the end was not kept, so that nobody can tell.
    if error is None and exchange.closed_early and not answer.complete and not exchange.truncated:
        error = Failure("StreamClosed", "the answer was not read to its end")
    if error is None:
        return answer.reply
    partial = answer.reply.response
    return replace(answer.reply, error=error, response=None if _is_empty(partial) else partial)


def _is_empty(message: Message | None) -> bool:
    return message is None or not (message.content or message.tool_calls)


def _status_error(status: int, body: bytes) -> Failure:
    kind = _ERRORS.get(status) or ("InternalServerError" if status >= 500 else "APIStatusError")
    said = read_error(parse(body))
    text = said.message if said else plain_text(body[:_MAX_ERROR_CHARS].decode("utf-8", "replace"))
    return Failure(kind, text or f"status {status}")


def _labels(exchange: Exchange, address: str | None) -> dict[str, Any]:
    is_error = exchange.status is not None and not 200 <= exchange.status < 300
    noted = {
        "server_address": address,
        "request_id": _header(exchange, "x-request-id"),
        "status": exchange.status if is_error else None,
        "attempts": exchange.attempts if exchange.attempts > 1 else None,
        "truncated": exchange.truncated,
    }
    return {name: value for name, value in noted.items() if value}


def _header(exchange: Exchange, name: str) -> str:
    return plain_text(exchange.headers.get(name, "")) if exchange.headers is not None else ""


def _ms(exchange: Exchange, at: float | None) -> float | None:
    return None if at is None else (at - exchange.started) * 1e3
