"""Offered tools and demanded forms of the answer, as records."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
from langchain_core.utils.function_calling import convert_to_openai_function, convert_to_openai_tool

from slm_instrument.plain import plain, plain_mapping, plain_text
from slm_instrument.records import ToolSpec, tool_from_openai

_MOST_TOOL_LISTS = 64
# Agents bind the same tools anew for every call, and reading them takes longer than all else in a call. They are known
# again by their JSON; lists of tools that have none are read every time.
_known: dict[bytes, tuple[ToolSpec, ...]] = {}


def to_tool_specs(tools: Any) -> tuple[ToolSpec, ...]:
    """The offered tools, in whatever form they were bound: OpenAI, Anthropic, Bedrock, Gemini, or Python objects."""
    if not tools or not isinstance(tools, list | tuple):
        return ()
    offered = cast("Sequence[Any]", tools)
    try:
        key = msgspec.json.encode(offered)
    except Exception:  # Python objects among them
        return _read_all(offered)
    known = _known.get(key)
    if known is None:
        if len(_known) >= _MOST_TOOL_LISTS:
            _known.clear()
        known = _known[key] = _read_all(offered)
    return known


def to_response_format(value: Any) -> dict[str, Any] | None:
    """The demanded form of the answer in OpenAI form; a class becomes its JSON schema."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return plain_mapping(value) or None
    try:
        function = plain_mapping(convert_to_openai_function(value))
    except Exception:
        return {"type": "json_schema", "json_schema": {"name": plain(value)}}
    schema = {"name": function.get("name"), "schema": function.get("parameters", {})}
    return {"type": "json_schema", "json_schema": schema}


def _read_all(tools: Sequence[Any]) -> tuple[ToolSpec, ...]:
    specs: list[ToolSpec] = []
    for tool in tools:
        declarations: Any = cast("Any", tool).get("function_declarations") if isinstance(tool, Mapping) else None
        specs.extend(_read_all(declarations) if isinstance(declarations, list | tuple) else (_read(tool),))  # pyright: ignore[reportUnknownArgumentType]
    return tuple(specs)


def _read(tool: Any) -> ToolSpec:
    """One offered tool; of one that cannot be read, the name that can be found."""
    try:
        return tool_from_openai(plain_mapping(convert_to_openai_tool(tool)))
    except Exception:
        raw = plain_mapping(tool)
        name = raw.get("name") or raw.get("type") or getattr(tool, "name", None)
        return ToolSpec(name=plain_text(name) if isinstance(name, str) else type(tool).__name__)
