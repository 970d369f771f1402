"""Messages as events: one event a message (to semantic-conventions 1.36), or all of them on one event (since).

The events are span events, log records that carry the span's ids, or a list in an attribute (Pydantic AI, to 1.x).

Sources: OpenTelemetry semantic conventions 1.27 (``gen_ai.content.*``), 1.28 to 1.36 (``gen_ai.*.message``,
``gen_ai.choice``), 1.37 and later (``gen_ai.client.inference.operation.details``).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from slm_instrument.dialects.openai_chat import read_message
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.spans.forms import Exchange, content_parts, structured
from slm_instrument.dialects.spans.parts import read_answers, read_messages
from slm_instrument.dialects.spans.span import SpanEvent
from slm_instrument.plain import plain_text
from slm_instrument.records import Message

DETAILS = "gen_ai.client.inference.operation.details"
CHOICE = "gen_ai.choice"
PROMPT, COMPLETION = "gen_ai.content.prompt", "gen_ai.content.completion"
ROLES: Mapping[str, str] = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant", "tool")}
_PAYLOADS = ("gen_ai.event.content", "event.body", "body")  # where span events, which have no body, carry one


def holds_prompt(event: SpanEvent) -> bool:
    """Whether an event holds a part of a prompt, and not only that there was one."""
    if event.name == DETAILS:
        return "gen_ai.input.messages" in event.attributes
    if event.name not in ROLES:
        return event.name == PROMPT
    payload = _payload(event)
    return payload.get("content") is not None or bool(payload.get("tool_calls"))


def holds_answer(event: SpanEvent) -> bool:
    """Whether an event holds an answer, or would hold it: nothing more is to come."""
    return event.name in (CHOICE, COMPLETION, DETAILS)


def read_details(events: Sequence[SpanEvent]) -> dict[str, Any]:
    """The attributes of the event that holds all of a call; empty when there is none."""
    return {name: value for event in events if event.name == DETAILS for name, value in event.attributes.items()}


def read_message_events(events: Sequence[SpanEvent]) -> Exchange | None:
    """The messages of one event each; None when there are none."""
    found = [(event.name, _payload(event)) for event in events if event.name in ROLES or event.name == CHOICE]
    return _exchange(found) if found else None


def read_events_attribute(value: Any) -> Exchange | None:
    """The same from a list of such events, which name themselves ``event.name``."""
    found = [mapping(raw) for raw in listing(structured(value))]
    named = [(str(raw.get("event.name")), raw) for raw in found if raw.get("event.name")]
    return _exchange(named) if named else None


def read_content_events(events: Sequence[SpanEvent]) -> Exchange | None:
    """The oldest form: all of the prompt in one event, all answers in another; None when there is no such event."""
    contents = {event.name: event.attributes for event in events if event.name in (PROMPT, COMPLETION)}
    if not contents:
        return None
    prompt = contents.get(PROMPT, {}).get("gen_ai.prompt")
    answers = read_answers(contents.get(COMPLETION, {}).get("gen_ai.completion"))
    response, reason = answers[0] if answers else (None, None)
    return Exchange(
        messages=read_messages(prompt) or _as_text(prompt),
        response=response,
        finish_reason=reason,
        choices=len(answers),
    )


def _as_text(prompt: Any) -> tuple[Message, ...]:
    return (Message("user", plain_text(prompt)),) if isinstance(prompt, str) and prompt else ()


def _exchange(found: Iterable[tuple[str, Mapping[str, Any]]]) -> Exchange:
    messages: list[Message] = []
    choices: list[Mapping[str, Any]] = []
    for name, raw in found:
        if name == CHOICE:
            choices.append(raw)
        elif name in ROLES:
            messages.append(_message(raw, ROLES[name]))
    choice = choices[0] if choices else mapping(None)
    return Exchange(
        messages=tuple(messages),
        response=_answer(choice) if choices else None,
        finish_reason=text(choice.get("finish_reason")),
        choices=len(choices),
    )


def _payload(event: SpanEvent) -> Mapping[str, Any]:
    """The message: the body, or JSON text in an attribute, or the attributes themselves."""
    body = mapping(structured(event.body))
    carried = next((event.attributes[name] for name in _PAYLOADS if name in event.attributes), None)
    return body or mapping(structured(carried)) or event.attributes


def _message(raw: Mapping[str, Any], role: str) -> Message:
    said = {"role": text(raw.get("role")) or role, "content": content_parts(raw.get("content"))}
    calls = {"tool_calls": structured(raw.get("tool_calls"))}
    return read_message({**said, **calls, "tool_call_id": raw.get("id"), "name": raw.get("name")})


def _answer(choice: Mapping[str, Any]) -> Message:
    """The message of a choice; its tool calls stand in it or beside it."""
    message = structured(choice.get("message"))
    if not isinstance(message, Mapping):
        message = {"content": message if message is not None else choice.get("content")}
    raw = mapping(message)
    calls = structured(raw.get("tool_calls") or choice.get("tool_calls"))
    return read_message({"content": content_parts(raw.get("content")), "tool_calls": calls}, role="assistant")
