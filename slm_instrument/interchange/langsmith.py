"""LangSmith runs: of ``Client.list_runs``, ``POST /runs/query``, the JSONL of its interface and of bulk exports.

A record is a run, perhaps with ``child_runs`` inside; those with ``run_type`` "llm" are calls, the others are passed
over. Inputs and outputs are in the form that LangChain's tracers or LangSmith's wrappers write. Bulk exports are
Parquet files, which must be turned into JSON lines first.

Source: https://docs.langchain.com/langsmith/run-data-format, ``langsmith.schemas.Run``,
https://docs.langchain.com/langsmith/data-export.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from slm_instrument.dialects.forms import Reply, Request, make_call
from slm_instrument.dialects.logged import read_input, read_output
from slm_instrument.dialects.openai_parts import read_response_format, read_tools
from slm_instrument.dialects.params import read_params
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.usage import usage_or_none
from slm_instrument.errors import InputError
from slm_instrument.interchange.reading import Format
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
_IN_METADATA = {"ls_temperature": "temperature", "ls_max_tokens": "max_tokens", "ls_stop": "stop"}


class LangSmithReader:
    """Reads runs and the runs inside them."""

    def read(self, record: Any) -> Iterable[Call] | None:
        """The calls of a run and of its children.

        Raises:
            InputError: one of them is no run or has no prompt; the others are read all the same.
        """
        calls: list[Call] = []
        trouble: list[InputError] = []
        runs = [record]
        while runs:
            run = runs.pop()
            try:
                call = call_from_run(run)
            except InputError as error:
                trouble.append(error)
            else:
                calls += [] if call is None else [call]
            runs += reversed(listing(mapping(run).get("child_runs")))
        return _then_raise(calls, trouble) if trouble else calls or None

    def finish(self) -> Iterable[Call]:
        """Nothing waits."""
        return ()


def call_from_run(record: Any) -> Call | None:
    """A run as a call; None for a chain's, a tool's and the like.

    Raises:
        InputError: not a run, or one without its prompt.
    """
    run = mapping(record)
    if text(run.get("run_type")) is None or read_id(run.get("id")) is None:
        raise InputError("not a run of LangSmith: no id or run_type")
    if run["run_type"] != "llm":
        return None
    request = _request(run)
    if not request.messages:
        raise InputError("the run has no inputs")
    return _call(run, request, _reply(run))


def _call(run: Mapping[str, Any], request: Request, reply: Reply) -> Call:
    extra = mapping(run.get("extra"))
    metadata = mapping(extra.get("metadata")) or mapping(run.get("metadata"))
    start = read_time(run.get("start_time"))
    return make_call(
        request,
        reply,
        labels=short_notes(metadata) | tags_in(run.get("tags")) | present(run_name=text(run.get("name"))),
        id=str(run["id"]),
        trace_id=read_id(run.get("trace_id")),
        parent_id=read_id(run.get("parent_run_id")),
        app=text(run.get("session_name")),
        agent=agent_in(metadata),
        provider=text(metadata.get("ls_provider")),
        operation="text_completion" if metadata.get("ls_model_type") in ("llm", "text") else "chat",
        framework="langchain" if "lc" in mapping(run.get("serialized")) else None,
        started_at=start,
        duration_ms=milliseconds(start, read_time(run.get("end_time"))),
        time_to_first_token_ms=milliseconds(start, read_time(run.get("first_token_time"))),
        cost_usd=read_figure(run.get("total_cost")),
        origin=request.origin or origin_in(metadata),
        **audience_in(metadata),
    )


def _request(run: Mapping[str, Any]) -> Request:
    """The inputs, with what LangChain tells beside them of model, tools and parameters."""
    found = read_input(run.get("inputs"))
    extra = mapping(run.get("extra"))
    given = mapping(extra.get("invocation_params"))
    metadata = mapping(extra.get("metadata"))
    noted = {name: metadata.get(key) for key, name in _IN_METADATA.items()}
    model = found.model or text(given.get("model")) or text(given.get("model_name"))
    return replace(
        found,
        tools=found.tools or read_tools(given.get("tools") or given.get("functions")),
        response_format=found.response_format or read_response_format(given.get("response_format")),
        params={**read_params(noted), **read_params(given), **found.params},
        model=model or text(metadata.get("ls_model_name")),
    )


def _reply(run: Mapping[str, Any]) -> Reply:
    outputs = mapping(run.get("outputs"))
    # LangSmith wraps what a traced function gives back, when it is no object.
    found = read_output(outputs["output"] if set(outputs) == {"output"} else run.get("outputs"))
    error = text(run.get("error"))
    return replace(found, error=_failure(error) if error else found.error, usage=found.usage or _usage(run))


def _usage(run: Mapping[str, Any]) -> Usage | None:
    return usage_or_none(
        {
            "input_tokens": read_figure(run.get("prompt_tokens")),
            "output_tokens": read_figure(run.get("completion_tokens")),
            "input_token_details": run.get("prompt_token_details"),
            "output_token_details": run.get("completion_token_details"),
        }
    )


def _failure(error: str) -> Failure:
    """An error is logged as ``repr`` of the exception, with its traceback behind it."""
    kind, _, rest = error.partition("(")
    if not kind.isidentifier():
        return Failure("Error", error[:_MAX_ERROR_CHARS])
    return Failure(kind, rest.partition("Traceback")[0].strip().rstrip(")").strip("'\"")[:_MAX_ERROR_CHARS])


def _then_raise(calls: Iterable[Call], trouble: list[InputError]) -> Iterator[Call]:
    yield from calls
    raise trouble[0]


def _knows(record: Mapping[str, Any]) -> bool:
    return "run_type" in record and "id" in record


FORMAT = Format(LangSmithReader, knows=_knows, pages=("runs",))
