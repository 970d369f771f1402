"""What a model is asked, as a call: the part of a record that is known before the answer."""

from collections.abc import Iterable
from typing import Any

from slm_instrument.dialects.params import read_params
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.records import Call
from slm_instrument_langchain.messages import to_messages
from slm_instrument_langchain.metadata import audience_of, origin_of, users_metadata, users_tags
from slm_instrument_langchain.tools import to_response_format, to_tool_specs

# Where models that do not name their parameters show some all the same.
_PARAMS_IN_METADATA = {"ls_temperature": "temperature", "ls_max_tokens": "max_tokens", "ls_stop": "stop"}


def to_request(prompt: Iterable[Any], *, params: Any, metadata: Any, tags: Any, name: Any, **known: Any) -> Call:
    """A request as a call: what the recorder writes and what a student is asked are made by this one function.

    Args:
        prompt: The messages, frozen or not.
        params: The model's ``invocation_params``: what it is called with, tools included.
        metadata: The run's metadata, with what the model says of itself (``ls_provider``, ``ls_model_name``).
        tags: The run's tags.
        name: The run's name.
        known: What else is known of the call: its fields, over those that follow from the request.
    """
    params, metadata, tags = mapping(params), mapping(metadata), listing(tags)
    node = text(metadata.get("langgraph_node"))
    found: dict[str, Any] = dict(
        agent=text(metadata.get("lc_agent_name")) or node or text(name),
        provider=text(metadata.get("ls_provider") or params.get("_type")),
        model=text(metadata.get("ls_model_name") or params.get("model") or params.get("model_name")),
        framework="langchain",
        messages=to_messages(prompt),
        tools=to_tool_specs(params.get("tools") or params.get("functions")),
        response_format=to_response_format(params.get("response_format")),
        params=read_params({name: metadata.get(key) for key, name in _PARAMS_IN_METADATA.items()} | {**params}),
        audience=audience_of(metadata, tags),
        origin=origin_of(metadata),
        labels=users_metadata(metadata) | noted(node=node, run_name=name, tags=users_tags(tags)),
    )
    return Call(**(found | known))


def noted(**labels: Any) -> dict[str, Any]:
    """The labels that there are: texts, and lists of them."""
    found: dict[str, Any] = {n: value if isinstance(value, list) else text(value) for n, value in labels.items()}
    return {name: value for name, value in found.items() if value}
