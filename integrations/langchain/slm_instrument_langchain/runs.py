"""One LLM run: what the callbacks saw of it, and the record made of that later, on the recorder's thread."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from langchain_core.messages import BaseMessage

from slm_instrument.dialects import usage_or_none
from slm_instrument.plain import plain, plain_text
from slm_instrument.records import Call, Failure, Message
from slm_instrument_langchain.messages import to_message, to_messages, to_response_format, to_tool_specs

# Request parameters worth a record; an allow list, because keys, headers and clients travel among them.
_PARAMS = (
    "temperature", "top_p", "top_k", "n", "seed", "stop", "max_tokens", "max_completion_tokens", "max_output_tokens",
    "frequency_penalty", "presence_penalty", "logprobs", "top_logprobs", "reasoning", "reasoning_effort", "thinking",
    "verbosity", "service_tier", "tool_choice", "parallel_tool_calls", "stream", "num_ctx", "num_predict",
)  # fmt: skip
# Where models that do not name their parameters show some all the same.
_PARAMS_IN_METADATA = {"ls_temperature": "temperature", "ls_max_tokens": "max_tokens", "ls_stop": "stop"}
# Who a call is made for, under the names that people use in a LangChain config, the most telling first.
_ORIGINS = (
    "user_id", "langfuse_user_id", "session_id", "langfuse_session_id", "thread_id", "conversation_id", "tenant_id",
)  # fmt: skip
_NOT_LABELS = frozenset({*_ORIGINS, "lc_agent_name", "lc_versions", "checkpoint_ns", "run_id", "checkpoint_id"})
_MAX_LABELS = 32
_MAX_LABEL_CHARS = 200

Frozen = tuple[type[BaseMessage], dict[str, Any]]


def freeze(message: Any) -> Any:
    """A message's fields as they are now, at the price of one dict copy: agents set names and ids on messages later."""
    return (message.__class__, message.__dict__.copy()) if isinstance(message, BaseMessage) else message


def thaw(frozen: Any) -> Any:
    """The message of :func:`freeze`; good for reading."""
    if not isinstance(frozen, tuple):
        return frozen
    kind, fields = cast("Frozen", frozen)
    message = kind.__new__(kind)
    object.__setattr__(message, "__dict__", fields)
    # What pydantic sets beside the fields, so that looking up an attribute that is none fails as usual.
    for name, value in (("fields_set", set[str]()), ("extra", None), ("private", None)):
        object.__setattr__(message, f"__pydantic_{name}__", value)
    return message


@dataclass(slots=True)
class Run:
    """References to what the callbacks were given; times are readings of ``time.time`` and ``time.perf_counter``."""

    id: UUID
    trace_id: UUID
    parent_id: UUID | None
    operation: str
    prompt: Sequence[Any]  # frozen messages
    options: Mapping[str, Any]  # the callback's further arguments: invocation_params, name, ...
    tags: Sequence[str] | None
    metadata: Mapping[str, Any]
    app: str | None
    at: float
    started: float
    first_token: float | None = None
    ended: float | None = None
    answer: Any = None  # a frozen message, or text
    info: Mapping[str, Any] | None = None  # the generation's
    output: Mapping[str, Any] | None = None  # the whole result's: LLMResult.llm_output
    error: Failure | None = None
    unwatch: Callable[[], object] | None = None  # stops watching the task that made the call

    def to_call(self) -> Call:
        """The record."""
        params = _mapping(self.options.get("invocation_params"))
        metadata = _mapping(self.metadata)
        answer = thaw(self.answer)
        details = _mapping(getattr(answer, "response_metadata", None))
        usage = getattr(answer, "usage_metadata", None) or _legacy_usage(self.output)
        return Call(
            id=str(self.id),
            trace_id=str(self.trace_id),
            parent_id=str(self.parent_id) if self.parent_id is not None else None,
            app=self.app,
            agent=_text(metadata.get("lc_agent_name") or metadata.get("langgraph_node") or self.options.get("name")),
            provider=_text(metadata.get("ls_provider") or details.get("model_provider") or params.get("_type")),
            model=_text(_requested_model(metadata, params) or _answering_model(details, self.output)),
            operation=self.operation,
            framework="langchain",
            started_at=datetime.fromtimestamp(self.at, UTC),
            duration_ms=_ms(self.started, self.ended),
            time_to_first_token_ms=_ms(self.started, self.first_token),
            messages=to_messages(thaw(message) for message in self.prompt),
            tools=to_tool_specs(params.get("tools") or params.get("functions")),
            response_format=to_response_format(params.get("response_format")),
            params=_params(params, metadata),
            response=_response(answer),
            error=self.error,
            usage=usage_or_none(usage),
            cost_usd=_cost(usage),
            origin=origin_of(metadata),
            labels=self._labels(metadata, details),
        )

    def _labels(self, metadata: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
        answered_by = _answering_model(details, self.output)
        tags = [plain_text(tag) for tag in self.tags or () if _is_users_tag(tag)]
        noted = {
            "finish_reason": details.get("finish_reason") or details.get("stop_reason") or _finish(self.info),
            "node": metadata.get("langgraph_node"),
            "run_name": self.options.get("name"),
            "response_model": answered_by
            if answered_by != _requested_model(metadata, _mapping(self.options.get("invocation_params")))
            else None,
        }
        labels = {name: plain_text(value) for name, value in noted.items() if isinstance(value, str) and value}
        if tags:
            labels["tags"] = cast("Any", tags[:_MAX_LABELS])
        return users_metadata(metadata) | labels


def origin_of(metadata: Mapping[str, Any]) -> str | None:
    """Who a call is made for: the most telling id in a run's metadata."""
    return next((str(metadata[name]) for name in _ORIGINS if _is_id(metadata.get(name))), None)


def users_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """What the user noted: short values, without what LangChain adds and without ids of people."""
    found: dict[str, Any] = {}
    for name, value in metadata.items():
        if not _is_users_name(name) or len(found) == _MAX_LABELS:
            continue
        if isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= _MAX_LABEL_CHARS):
            found[plain_text(name)] = plain(value)
    return found


def _response(answer: Any) -> Message | None:
    """The answer without a name: LangChain's agents put their own on it, after the model answered."""
    if answer is None:
        return None
    if isinstance(answer, str):
        return Message("assistant", plain_text(answer))
    found = to_message(answer)
    return Message("assistant", found.content, found.tool_calls)


def _params(params: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: metadata.get(key) for key, name in _PARAMS_IN_METADATA.items()} | dict(params)
    return {name: plain(given[name]) for name in _PARAMS if given.get(name) is not None}


def _requested_model(metadata: Mapping[str, Any], params: Mapping[str, Any]) -> Any:
    return metadata.get("ls_model_name") or params.get("model") or params.get("model_name")


def _answering_model(details: Mapping[str, Any], output: Any) -> Any:
    return details.get("model_name") or details.get("model") or _mapping(output).get("model_name")


def _legacy_usage(output: Any) -> Any:
    found = _mapping(output)
    return found.get("token_usage") or found.get("usage")


def _cost(usage: Any) -> float | None:
    """LangChain's cache marks an answer it had already with a cost of zero."""
    cost = _mapping(usage).get("total_cost")
    return float(cost) if isinstance(cost, int | float) else None


def _finish(info: Any) -> Any:
    return _mapping(info).get("finish_reason")


def _is_users_tag(tag: Any) -> bool:
    return isinstance(tag, str) and not tag.startswith("seq:step:")


def _is_users_name(name: Any) -> bool:
    return isinstance(name, str) and name not in _NOT_LABELS and not name.startswith(("ls_", "langgraph_", "__"))


def _is_id(value: Any) -> bool:
    return (isinstance(value, str) and value != "") or (isinstance(value, int | UUID) and not isinstance(value, bool))


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return plain_text(value) if isinstance(value, str) and value else None


def _ms(start: float, end: float | None) -> float | None:
    return None if end is None else (end - start) * 1000
