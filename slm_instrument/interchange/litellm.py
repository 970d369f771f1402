"""LiteLLM logs: what its loggers write for every call, and the rows of its proxy's spend log.

The first is a ``StandardLoggingPayload``, as buckets (S3, GCS, Azure) and custom loggers get it, perhaps as
``standard_logging_object`` of something larger. The second is a row of ``LiteLLM_SpendLogs``, of the database or of
``GET /spend/logs``; it has prompts and answers where the proxy runs with ``store_prompts_in_spend_logs``, as JSON or as
JSON text. Calls of other kinds (embeddings, images, speech, moderation) are passed over.

Source: https://docs.litellm.ai/docs/proxy/logging_spec, ``litellm.proxy._types.SpendLogsPayload``,
``litellm.proxy.spend_tracking``.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slm_instrument.dialects.forms import Reply, Request, make_call
from slm_instrument.dialects.logged import read_input, read_output
from slm_instrument.dialects.openai_parts import parse, read_response_format, read_tools
from slm_instrument.dialects.params import read_params
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.usage import usage_or_none
from slm_instrument.errors import InputError
from slm_instrument.interchange.reading import EachIsACall, Format
from slm_instrument.interchange.values import (
    agent_in,
    audience_in,
    milliseconds,
    origin_in,
    present,
    read_figure,
    read_id,
    read_time,
    short_notes,
    tags_in,
)
from slm_instrument.records import OWN_TRACE, Call, Failure, Usage

_MAX_ERROR_CHARS = 2_000
_OPERATIONS = {
    "completion": "chat",
    "responses": "chat",
    "anthropic_messages": "chat",
    "generate_content": "chat",
    "text_completion": "text_completion",
    "atext_completion": "text_completion",
}


def call_from_log(record: Any) -> Call | None:
    """A logged call; None for embeddings, images and the like.

    Raises:
        InputError: not a log of LiteLLM, or one without the prompt.
    """
    raw = mapping(record)
    raw = mapping(raw.get("standard_logging_object")) or raw
    if text(raw.get("call_type")) is None or _id(raw) is None:
        raise InputError("not a log of LiteLLM: no id or call_type")
    operation = _OPERATIONS.get(raw["call_type"]) or _OPERATIONS.get(raw["call_type"].removeprefix("a"))
    if operation is None:
        return None
    request = _request(raw)
    if not request.messages:
        raise InputError("no prompt: the proxy stores it when store_prompts_in_spend_logs is set")
    return _call(raw, operation, request, _reply(raw))


def _call(raw: Mapping[str, Any], operation: str, request: Request, reply: Reply) -> Call:
    metadata = _object(raw.get("metadata"))
    users = {**_object(metadata.get("requester_metadata")), **_object(metadata.get("spend_logs_metadata"))}
    start = read_time(raw.get("startTime"))
    cost = read_figure(raw.get("response_cost"))
    cached = _truth(raw.get("cache_hit"))
    labels = present(cache_hit=cached, model_group=text(raw.get("model_group")), call_type=raw["call_type"])
    first = read_time(raw.get("completionStartTime"))
    end = read_time(raw.get("endTime"))
    return make_call(
        request,
        reply,
        labels=short_notes(users) | tags_in(_list(raw.get("request_tags"))) | labels,
        id=_id(raw),
        trace_id=read_id(raw.get("trace_id")) or _own(read_id(raw.get("session_id"))),
        agent=agent_in(users),
        provider=text(raw.get("custom_llm_provider")),
        operation=operation,
        framework="litellm",
        started_at=start,
        duration_ms=milliseconds(start, end),
        # Without a stream, LiteLLM writes the end here.
        time_to_first_token_ms=milliseconds(start, first) if first != end else None,
        cost_usd=cost if cost is not None else read_figure(raw.get("spend")),
        origin=_origin(raw, request, metadata, users),
        **audience_in(users),
    )


def _request(raw: Mapping[str, Any]) -> Request:
    """The prompt, and what was sent with it: ``model_parameters``, or the proxy's own request."""
    sent = _object(raw.get("proxy_server_request"))
    sent = _object(sent.get("body")) or sent
    given = _object(raw.get("model_parameters"))
    found = read_input(raw.get("messages"))
    if not found.messages:
        found = read_input(sent)
    return replace(
        found,
        tools=found.tools or read_tools(given.get("tools") or sent.get("tools") or given.get("functions")),
        response_format=found.response_format
        or read_response_format(given.get("response_format") or sent.get("response_format")),
        params={**read_params(sent), **read_params(given), **found.params},
        model=text(raw.get("model")) or found.model,
    )


def _reply(raw: Mapping[str, Any]) -> Reply:
    found = read_output(raw.get("response"))
    metadata = _object(raw.get("metadata"))
    error = _object(raw.get("error_information")) or _object(metadata.get("error_information"))
    said = text(raw.get("error_str")) or text(error.get("error_message"))
    if "failure" in (raw.get("status"), metadata.get("status")):
        kind = text(error.get("error_class")) or "Error"
        return Reply(error=Failure(kind, (said or "")[:_MAX_ERROR_CHARS]))
    return replace(found, usage=found.usage or _usage(raw))


def _usage(raw: Mapping[str, Any]) -> Usage | None:
    names = ("prompt_tokens", "completion_tokens")
    return usage_or_none({name: read_figure(raw.get(name)) for name in names})


def _own(session: str | None) -> str | None:
    return f"{OWN_TRACE}{session}" if session else None


def _origin(
    raw: Mapping[str, Any], request: Request, metadata: Mapping[str, Any], users: Mapping[str, Any]
) -> str | None:
    named = read_id(raw.get("end_user")) or request.origin or origin_in(users)
    return named or read_id(raw.get("user")) or read_id(metadata.get("user_api_key_user_id"))


def _id(raw: Mapping[str, Any]) -> str | None:
    return read_id(raw.get("id")) or read_id(raw.get("request_id"))


def _object(value: Any) -> Mapping[str, Any]:
    return mapping(parse(value) if isinstance(value, str) else value)


def _list(value: Any) -> list[Any]:
    return listing(parse(value) if isinstance(value, str) else value)


def _truth(value: Any) -> bool | None:
    """The spend log writes it as text."""
    return {True: True, "True": True, "true": True, False: False, "False": False, "false": False}.get(value)


def _knows(record: Mapping[str, Any]) -> bool:
    return "call_type" in record or "standard_logging_object" in record


FORMAT = Format(lambda: EachIsACall(call_from_log), knows=_knows, pages=("data",))
