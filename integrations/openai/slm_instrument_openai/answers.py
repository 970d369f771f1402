"""A student's answer as the httpx response that the API would have given."""

from dataclasses import replace
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any

from slm_instrument.dialects import openai_chat_answer, openai_responses_answer
from slm_instrument.dialects.answer import Answer
from slm_instrument.dialects.shapes import mapping
from slm_instrument.records import SERVED_BY_SLM, Call, Message
from slm_instrument_openai.questions import Question

if TYPE_CHECKING:
    from slm_instrument.runtime import Decision

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_DRAWN = 7  # of the nine letters and digits of an id; the last two count the calls of an answer


def with_ids(message: Message, call: Call) -> Message:
    """A student's answer to a call, its tool calls under ids of their own.

    They have the one form that every provider takes when the dialogue goes on with it: Mistral's, as its models demand
    it wherever they run, of nine letters and digits.
    """
    drawn = int(_hex(call), 16)  # at random, but for the time in its upper bits
    prefix = "".join(_DIGITS[drawn // 36**place % 36] for place in range(_DRAWN))
    calls = tuple(replace(each, id=f"{prefix}{index:02}") for index, each in enumerate(message.tool_calls))
    return replace(message, tool_calls=calls)


def make_response(question: Question, message: Message, decision: "Decision", http: ModuleType, *, unread: bool) -> Any:
    """The response.

    Args:
        question: The request.
        message: The answer, with ids on its tool calls.
        decision: The student's.
        http: The library that the request is of.
        unread: Whether the caller is going to read the body, as that of a stream.

    Raises:
        ValueError: the answer cannot be written.
    """
    answer = Answer(
        message=message,
        model=f"{SERVED_BY_SLM}{decision.bundle_id}",
        id=_hex(question.call),
        created=int(question.exchange.at),
    )
    took = timedelta(milliseconds=decision.student_ms or 0.0)
    headers = {
        "content-type": "text/event-stream; charset=utf-8" if question.streamed else "application/json",
        "openai-processing-ms": str(round(took.total_seconds() * 1e3)),
        "x-request-id": f"req_{answer.id}",
    }
    content = _write(question, answer)
    body = {"stream": http.ByteStream(content)} if unread else {"content": content}
    response = http.Response(200, headers=headers, request=question.request, **body)
    response.elapsed = took
    return response


def _write(question: Question, answer: Answer) -> bytes:
    if question.exchange.dialect == "responses":
        write = openai_responses_answer.write_stream if question.streamed else openai_responses_answer.write_body
        return write(answer, question.body)
    if not question.streamed:
        return openai_chat_answer.write_body(answer)
    usage = bool(mapping(question.body.get("stream_options")).get("include_usage"))
    return openai_chat_answer.write_stream(answer, usage=usage)


def _hex(call: Call) -> str:
    """The call's id in letters and digits: who sees the answer finds its record."""
    return call.id.replace("-", "")
