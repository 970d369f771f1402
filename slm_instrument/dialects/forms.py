"""What every dialect is read into: one request, one reply, and the call that the two make.

A dialect says of an exchange only what stands in it. Who made the call, when, for whom and in which trace is known to
whoever saw it happen, and is given to :func:`make_call` as further fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slm_instrument.records import SERVED_BY_LLM, SERVED_BY_SLM, Call, Failure, Message, ToolSpec, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a model was asked. ``params`` are sampling parameters and the like, without keys, headers or prompts."""

    messages: tuple[Message, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
    response_format: Mapping[str, Any] | None = None
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    model: str | None = None
    origin: str | None = None  # the end user, where the request names one
    labels: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back: an answer, a failure, or both for one that broke off. ``model`` is the one that answered."""

    response: Message | None = None
    error: Failure | None = None
    usage: Usage | None = None
    model: str | None = None
    id: str | None = None  # the provider's own name of the answer
    finish_reason: str | None = None
    labels: Mapping[str, Any] = field(default_factory=dict[str, Any])


def make_call(request: Request, reply: Reply, *, labels: Mapping[str, Any] | None = None, **fields: Any) -> Call:
    """The call of an exchange; ``fields`` are set on it as they are, over what the exchange says.

    Other tools log a student's answer as one of the model ``slm:<bundle>``: it is no LLM's, whoever wrote it down.
    """
    answered_by = reply.model if request.model and reply.model != request.model else None
    noted = {"finish_reason": reply.finish_reason, "response_id": reply.id, "response_model": answered_by}
    made: dict[str, Any] = {
        "model": request.model or reply.model,
        "messages": request.messages,
        "tools": request.tools,
        "response_format": request.response_format,
        "params": request.params,
        "origin": request.origin,
        "response": reply.response,
        "error": reply.error,
        "usage": reply.usage,
        "served_by": reply.model if (reply.model or "").startswith(SERVED_BY_SLM) else SERVED_BY_LLM,
        "labels": {
            **request.labels,
            **{name: value for name, value in noted.items() if value},
            **reply.labels,
            **(labels or {}),
        },
    }
    return Call(**(made | fields))
