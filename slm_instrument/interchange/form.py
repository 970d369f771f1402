"""What a native line may hold, as msgspec checks it: field by field, with the place of what is wrong in the message."""

from typing import Annotated, Any

import msgspec

from slm_instrument.dialects.usage import MAX_COUNT
from slm_instrument.records import Audience

Id = str | int  # some logs number their calls


class FunctionForm(msgspec.Struct):
    """``function`` of a tool, of a tool call, or either without that wrapper."""

    name: str | None = None
    description: str | None = None
    parameters: dict[str, Any] | None = None


class ToolForm(FunctionForm):
    """A tool on offer."""

    type: str | None = None
    function: FunctionForm | None = None


class ToolCallForm(FunctionForm):
    """A tool that the model asked for; its arguments are JSON text, or already parsed."""

    id: str | None = None
    function: FunctionForm | None = None


class ContentForm(msgspec.Struct, kw_only=True):
    """What every message may hold."""

    content: str | list[str | dict[str, Any]] | None = None
    tool_calls: list[ToolCallForm] | None = None
    function_call: FunctionForm | None = None  # what OpenAI had before tool calls
    tool_call_id: str | None = None
    name: str | None = None


class MessageForm(ContentForm, kw_only=True):
    """A message of the prompt: it must say who speaks."""

    role: str


class AnswerForm(ContentForm, kw_only=True):
    """The assistant's message."""

    role: str = "assistant"


class LineForm(msgspec.Struct, kw_only=True):
    """A whole line. Whatever else it holds is a label."""

    messages: Annotated[list[MessageForm], msgspec.Meta(min_length=1)]
    response: AnswerForm | None = None
    error: str | dict[str, Any] | None = None
    id: Id | None = None
    trace_id: Id | None = None
    parent_id: Id | None = None
    call_index: Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)] | None = None
    app: str | None = None
    agent: str | None = None
    provider: str | None = None
    model: str | None = None
    operation: str | None = None
    framework: str | None = None
    started_at: str | float | None = None
    latency_ms: float | None = None
    time_to_first_token_ms: float | None = None
    tools: list[ToolForm] | None = None
    response_format: dict[str, Any] | None = None
    params: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    cost_usd: float | None = None
    audience: Audience | None = None
    origin: Id | None = None
    served_by: str | None = None
    labels: dict[str, Any] | None = None
    task: Any = None
