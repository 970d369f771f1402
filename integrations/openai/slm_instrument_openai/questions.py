"""Which requests may be put to a student: those whose answer is a text or calls of the caller's own functions.

What a student could answer and the provider would still have to know of is left to the LLM too. So are responses that
are to be stored, as they are unless ``store=False`` is said: the next request may go on from one by its id, and the
provider knows none that a student gave.

Sources: ``openai.types.chat.completion_create_params``, ``openai.types.responses.response_create_params``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slm_instrument.dialects.openai_stream import Dialect
from slm_instrument.dialects.shapes import listing, mapping
from slm_instrument.records import Call
from slm_instrument_openai.exchange import Exchange

_CHAT = {
    "audio": "a spoken answer is asked for",
    "functions": "functions are offered in the form before tools",
    "function_call": "functions are offered in the form before tools",
    "store": "the completion is to be stored",
    "top_logprobs": "token probabilities are asked for",
    "web_search_options": "a web search is asked for",
}
_RESPONSES = {
    "background": "the response is to be made in the background",
    "conversation": "the prompt goes on from a conversation that the provider keeps",
    "previous_response_id": "the prompt goes on from a response that the provider keeps",
    "prompt": "the prompt is a template that the provider keeps",
    "top_logprobs": "token probabilities are asked for",
}
_BOTH = {"moderation": "moderation is asked for"}
_DEMANDS: Mapping[Dialect, Mapping[str, str]] = {"chat": _CHAT | _BOTH, "responses": _RESPONSES | _BOTH}
_KEPT_ELSEWHERE = frozenset({"additional_tools", "compaction", "compaction_trigger", "item_reference"})


@dataclass(frozen=True, slots=True)
class Question:
    """A request that may be put to a student: the httpx request, its body, and the call that it makes."""

    exchange: Exchange
    request: Any
    body: Mapping[str, Any]
    call: Call

    @property
    def streamed(self) -> bool:
        """Whether the answer is to come as a stream."""
        return bool(self.body.get("stream"))


def why_not(dialect: Dialect, body: Mapping[str, Any]) -> str | None:
    """Why a request can be put to no student, whatever it asks; None when it can.

    Args:
        dialect: What it is written in.
        body: Its body.
    """
    return next(_reasons(dialect, body), None)


def _reasons(dialect: Dialect, body: Mapping[str, Any]) -> Iterator[str]:
    if dialect not in _DEMANDS:
        yield "a text completion is asked for"
        return
    yield from (why for name, why in _DEMANDS[dialect].items() if body.get(name))
    if not all(_is_function(tool) for tool in (*listing(body.get("tools")), body.get("tool_choice"))):
        yield "other tools than functions are offered"
    if dialect == "chat":
        if body.get("modalities") not in (None, ["text"]):
            yield "an answer in another form than text is asked for"
        return
    if body.get("store") is not False:
        yield "the response is to be stored (with store=False a student may answer)"
    if "message.output_text.logprobs" in listing(body.get("include")):
        yield "token probabilities are asked for"
    if any(mapping(item).get("type") in _KEPT_ELSEWHERE for item in listing(body.get("input"))):
        yield "part of the prompt is kept by the provider"


def _is_function(tool: Any) -> bool:
    return mapping(tool).get("type", "function") == "function"
