"""OpenAI's own files: training examples, stored completions, batches, and plain pairs of request and response.

A record is one of::

    {"messages": [..., {"role": "assistant", ...}], "tools"?, "parallel_tool_calls"?}     an example for fine-tuning
    {"object": "chat.completion", "messages": [...], "choices": [...], "metadata"?}       a stored completion
    {"custom_id": ..., "method", "url", "body": {...}}                                    a request of a batch
    {"id": ..., "custom_id": ..., "response": {"status_code", "body"}, "error"}           the answer to one
    {"request": {...}, "response": {...}}                                                 what proxies log

The two halves of a batch may come in any order and in several files of one import. The answer to learn from, in an
example, is its last message; an earlier message of the assistant whose ``weight`` is 1 makes a call of its own. An
example has no id: one that occurs several times is one call.

Source: https://platform.openai.com/docs/guides/supervised-fine-tuning, https://platform.openai.com/docs/guides/batch,
https://platform.openai.com/docs/api-reference/chat/list.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from slm_instrument.dialects import openai_chat, openai_completions, openai_responses
from slm_instrument.dialects.forms import Reply, Request, make_call
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.errors import InputError
from slm_instrument.interchange.native import with_derived_id
from slm_instrument.interchange.reading import Format
from slm_instrument.interchange.values import audience_in, origin_in, read_id, read_time, short_notes
from slm_instrument.interchange.waiting import WaitingRoom
from slm_instrument.records import Call, Failure

_NOT_NOTES = frozenset(
    {"messages", "tools", "functions", "function_call", "model", "metadata", "user", "safety_identifier", "store"}
)


class OpenAIReader:
    """Reads all of these forms; halves of batches wait for each other."""

    def __init__(self) -> None:
        self._requests, self._answers = WaitingRoom(), WaitingRoom()

    def read(self, record: Any) -> Iterable[Call] | None:
        """The calls that are whole with this record.

        Raises:
            InputError: the record is of none of the forms.
        """
        raw = mapping(record)
        if "custom_id" in raw:
            return self._half(raw)
        if isinstance(raw.get("choices"), list):
            return (_stored(raw),)
        if isinstance(raw.get("request"), Mapping) and isinstance(raw.get("response"), Mapping):
            return (_pair(raw),)
        if isinstance(raw.get("messages"), list):
            return _example(raw)
        raise InputError("no messages: neither an example, a stored completion nor half of a batch")

    def finish(self) -> Iterator[Call]:
        """Nothing more can come.

        Raises:
            InputError: some halves never met.
        """
        requests, answers = len(self._requests), len(self._answers)
        yield from ()
        if requests or answers:
            raise InputError(
                f"{requests} requests without an answer and {answers} answers without their request: "
                "give a batch's input and output files together"
            )

    def _half(self, raw: Mapping[str, Any]) -> Iterable[Call] | None:
        key = read_id(raw["custom_id"])
        if key is None:
            raise InputError("an empty custom_id")
        own, others = self._requests, self._answers
        if not isinstance(raw.get("body"), Mapping):
            own, others = others, own
        other = others.take(key)
        if other is None:
            if not own.put(key, raw):
                raise InputError(f"custom_id {key!r} comes twice: import each batch by itself")
            return ()
        request, answer = (raw, other) if own is self._requests else (other, raw)
        return _batched(request, answer)


def _example(raw: Mapping[str, Any]) -> Iterator[Call]:
    messages = [mapping(message) for message in listing(raw["messages"])]
    if not messages or messages[-1].get("role") != "assistant":
        raise InputError("the last message is not the assistant's")
    last = len(messages) - 1
    base = openai_chat.read_request(raw)
    notes = {name: value for name, value in raw.items() if name not in _NOT_NOTES | base.params.keys()}
    for at, message in enumerate(messages):
        wanted = message.get("weight", 1 if at == last else 0)
        if message.get("role") != "assistant" or not wanted:
            continue
        if at == 0:
            raise InputError("an answer without a prompt")
        yield with_derived_id(
            Call(
                model=base.model,
                messages=base.messages[:at],
                tools=base.tools,
                response_format=base.response_format,
                params=base.params,
                response=openai_chat.read_message(message, role="assistant"),
                origin=base.origin,
                labels={**base.labels, **short_notes(notes)},
                **audience_in(mapping(raw.get("metadata"))),
            )
        )


def _stored(raw: Mapping[str, Any]) -> Call:
    """A completion that OpenAI kept; its list says what was answered, and only with ``messages`` what was asked."""
    request = openai_chat.read_request({**raw, "user": raw.get("user") or raw.get("input_user")})
    if not request.messages:
        raise InputError("a completion without its messages: put those of /chat/completions/ID/messages beside it")
    return _call(request, openai_chat.read_reply(raw), raw, id=read_id(raw.get("id")))


def _pair(raw: Mapping[str, Any]) -> Call:
    body, answer = mapping(raw["request"]), mapping(raw["response"])
    read_request, read_reply = _dialect(text(raw.get("url")) or "", body)
    request = read_request(body)
    if not request.messages:
        raise InputError("a request without messages")
    return _call(request, read_reply(answer), answer, id=read_id(raw.get("id")) or read_id(answer.get("id")))


def _batched(request: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterable[Call] | None:
    url, body = text(request.get("url")) or "", mapping(request["body"])
    if url and not url.endswith(("/chat/completions", "/completions", "/responses")):
        return None
    read_request, read_reply = _dialect(url, body)
    asked = read_request(body)
    if not asked.messages:
        raise InputError(f"the request {answer['custom_id']!r} has no messages")
    response = mapping(answer.get("response"))
    reply = read_reply(response.get("body"))
    if reply.response is None and reply.error is None:
        error = mapping(answer.get("error"))
        reply = Reply(error=Failure(text(error.get("code")) or "error", text(error.get("message")) or "no answer"))
    labels = {"custom_id": str(answer["custom_id"])}
    return (_call(asked, reply, mapping(response.get("body")), labels, id=read_id(answer.get("id"))),)


def _call(
    request: Request,
    reply: Reply,
    answer: Mapping[str, Any],
    labels: Mapping[str, Any] | None = None,
    *,
    id: str | None,
) -> Call:
    noted = mapping(answer.get("metadata"))
    call = make_call(
        request,
        reply,
        labels=labels,
        id=id or "",
        provider="openai",
        started_at=read_time(answer.get("created") or answer.get("created_at")),
        origin=request.origin or origin_in(noted),
        **audience_in(noted),
    )
    return call if id else with_derived_id(call)


def _dialect(url: str, body: Mapping[str, Any]) -> tuple[Callable[[Any], Request], Callable[[Any], Reply]]:
    """How a request and its answer are read, told by the endpoint, else by what the request holds."""
    if url.endswith("/responses") or (not url and "input" in body):
        return openai_responses.read_request, openai_responses.read_reply
    if "prompt" in body and "messages" not in body:
        return openai_completions.read_request, openai_completions.read_reply
    return openai_chat.read_request, openai_chat.read_reply


def _knows(record: Mapping[str, Any]) -> bool:
    pair = isinstance(record.get("request"), Mapping) and isinstance(record.get("response"), Mapping)
    return (
        pair
        or "custom_id" in record
        or isinstance(record.get("choices"), list)
        or isinstance(record.get("messages"), list)
    )


FORMAT = Format(OpenAIReader, knows=_knows, pages=("data",))
