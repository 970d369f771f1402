"""Langfuse observations: of its API and SDKs, the exports of its interface (JSON, JSONL, CSV) and to blob storage.

Observations of type GENERATION are calls, the others are passed over. The API and the interface name their fields
``traceId``, ``startTime`` and so on, the exports to blob storage ``trace_id``, ``start_time``. Input and output are the
application's own: OpenAI or LangChain messages, text, JSON, or one of these as JSON text.

Source: https://langfuse.com/docs/api-and-data-platform/features/blob-storage-export-fields, ``GET
/api/public/observations`` and ``/api/public/v2/observations``, ``convertObservation`` of the server.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slm_instrument.dialects.forms import Reply, Request, make_call
from slm_instrument.dialects.logged import read_input, read_output
from slm_instrument.dialects.openai_parts import parse, read_response_format, read_tools
from slm_instrument.dialects.params import read_params
from slm_instrument.dialects.shapes import mapping, text
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
from slm_instrument.records import Call, Failure, Usage

_MAX_ERROR_CHARS = 2_000
# What the counts of details are called; Langfuse sums up whatever begins with "input" or "output".
_CACHED = ("input_cached_tokens", "input_cache_read", "cache_read_input_tokens", "input_cache_read_tokens")
_REASONING = ("output_reasoning_tokens", "output_reasoning", "reasoning_tokens")


def call_from_observation(record: Any) -> Call | None:
    """An observation as a call; None for a span, an event, a tool and the like.

    Raises:
        InputError: not an observation, or one without its input.
    """
    fields = _Fields(mapping(record))
    kind = text(fields["type"])
    if kind is None or read_id(fields["id"]) is None:
        raise InputError("not an observation of Langfuse: no id or type")
    if kind.upper() != "GENERATION":
        return None
    request = _request(fields)
    if not request.messages:
        raise InputError("the observation has no input")
    return _call(fields, request, _reply(fields))


class _Fields:
    """The fields of an observation by the names of the API; in blob storage they are written in snake case."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw

    def __getitem__(self, name: str) -> Any:
        if name in self._raw:
            return self._raw[name]
        return self._raw.get("".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name))

    def mapping(self, name: str) -> Mapping[str, Any]:
        """An object, which some exports write as JSON text."""
        value = self[name]
        return mapping(parse(value) if isinstance(value, str) else value)


def _call(fields: _Fields, request: Request, reply: Reply) -> Call:
    metadata = fields.mapping("metadata")
    start = read_time(fields["startTime"])
    trace = present(trace_name=text(fields["traceName"]), environment=text(fields["environment"]))
    prompt = present(prompt_name=text(fields["promptName"]), prompt_version=read_id(fields["promptVersion"]))
    return make_call(
        request,
        reply,
        labels=short_notes(metadata) | tags_in(_tags(fields)) | present(name=text(fields["name"])) | trace | prompt,
        id=str(fields["id"]),
        trace_id=read_id(fields["traceId"]),
        parent_id=read_id(fields["parentObservationId"]),
        agent=agent_in(metadata),
        provider=text(metadata.get("ls_provider")),
        started_at=start,
        duration_ms=milliseconds(start, read_time(fields["endTime"])),
        time_to_first_token_ms=milliseconds(start, read_time(fields["completionStartTime"])),
        cost_usd=_cost(fields),
        origin=read_id(fields["userId"]) or request.origin or read_id(fields["sessionId"]) or origin_in(metadata),
        **audience_in(metadata),
    )


def _request(fields: _Fields) -> Request:
    found = read_input(fields["input"])
    given = fields.mapping("modelParameters")
    model = text(fields["model"]) or text(fields["providedModelName"])
    # Parameters are logged as text where the SDK took them so: "0.7", "false".
    params = {name: _plain(value) for name, value in read_params(given).items()}
    return replace(
        found,
        model=model or found.model,
        tools=found.tools or read_tools(given.get("tools")),
        response_format=found.response_format or read_response_format(given.get("response_format")),
        params={**params, **found.params},
    )


def _reply(fields: _Fields) -> Reply:
    found = read_output(fields["output"])
    failed = fields["level"] == "ERROR"
    status = (text(fields["statusMessage"]) or "")[:_MAX_ERROR_CHARS]
    error = Failure("Error", status) if failed else found.error
    return replace(found, error=error, usage=_usage(fields) or found.usage)


def _usage(fields: _Fields) -> Usage | None:
    """Tokens: ``usageDetails`` of today, else the ``usage`` of older versions, else what is summed up beside them."""
    details, older = fields.mapping("usageDetails"), fields.mapping("usage")
    counts = Usage(
        input_tokens=_count(_summed(details, "input"), older.get("input"), older.get("promptTokens")),
        output_tokens=_count(_summed(details, "output"), older.get("output"), older.get("completionTokens")),
        cached_tokens=_count(*(details.get(name) for name in _CACHED)),
        reasoning_tokens=_count(*(details.get(name) for name in _REASONING)),
    )
    if counts == Usage():
        counts = Usage(_count(fields["inputUsage"]) or None, _count(fields["outputUsage"]) or None)
    return None if counts == Usage() else counts


def _summed(details: Mapping[str, Any], kind: str) -> float | None:
    found = [read_figure(value) or 0 for name, value in details.items() if name.startswith(kind)]
    return (
        sum(found)
        if found
        else read_figure(details.get({"input": "prompt_tokens", "output": "completion_tokens"}[kind]))
    )


def _count(*values: Any) -> int | None:
    figures = (read_figure(value) for value in values)
    return next((int(figure) for figure in figures if figure is not None and figure >= 0), None)


def _cost(fields: _Fields) -> float | None:
    figures = (fields["calculatedTotalCost"], fields.mapping("costDetails").get("total"), fields["totalCost"])
    return next((figure for value in figures if (figure := read_figure(value)) is not None), None)


def _tags(fields: _Fields) -> Any:
    tags = fields["traceTags"] or fields["tags"]
    return parse(tags) if isinstance(tags, str) else tags


def _plain(value: Any) -> Any:
    found = parse(value) if isinstance(value, str) else value
    return value if found is None or isinstance(found, dict | list) else found


def _knows(record: Mapping[str, Any]) -> bool:
    return (
        "type" in record and "id" in record and bool(record.keys() & {"traceId", "trace_id", "startTime", "start_time"})
    )


FORMAT = Format(lambda: EachIsACall(call_from_observation), knows=_knows, pages=("data", "observations"))
