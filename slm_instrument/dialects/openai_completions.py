"""OpenAI completions, the older interface (``/completions``), which vLLM and others go on serving.

Source: https://platform.openai.com/docs/api-reference/completions, ``openai.types.completion``.
"""

from typing import Any

from slm_instrument.dialects.forms import Reply, Request
from slm_instrument.dialects.openai_parts import counted, read_error, read_metadata, read_origin
from slm_instrument.dialects.params import read_params
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.dialects.usage import usage_or_none
from slm_instrument.plain import plain_text
from slm_instrument.records import Content, Message


def read_request(body: Any) -> Request:
    """What a model was asked: the prompt as one user message; of several prompts the first."""
    raw = mapping(body)
    prompts = _prompts(raw.get("prompt"))
    return Request(
        messages=(Message("user", _prompt(prompts[0], raw.get("suffix"))),) if prompts else (),
        params=read_params(raw),
        model=text(raw.get("model")),
        origin=read_origin(raw),
        labels=read_metadata(raw) | counted("prompts", prompts),
    )


def read_reply(body: Any) -> Reply:
    """What came back: the text of the first choice, or the error."""
    raw = mapping(body)
    choices = [mapping(choice) for choice in listing(raw.get("choices"))]
    choice = mapping(choices[0] if choices else None)
    answer = choice.get("text")
    return Reply(
        response=Message("assistant", plain_text(answer)) if isinstance(answer, str) else None,
        error=None if choices else read_error(raw),
        usage=usage_or_none(raw.get("usage")),
        model=text(raw.get("model")),
        id=text(raw.get("id")),
        finish_reason=text(choice.get("finish_reason")),
        labels=counted("choices", choices),
    )


def _prompts(prompt: Any) -> list[Any]:
    """Text, token ids, or a list of either."""
    if isinstance(prompt, str):
        return [prompt]
    found = listing(prompt)
    return [found] if found and all(isinstance(item, int) for item in found) else found


def _prompt(prompt: Any, suffix: Any) -> Content:
    content = plain_text(prompt) if isinstance(prompt, str) else f"<{len(listing(prompt))} token ids>"
    if not isinstance(suffix, str) or not suffix:
        return content
    return [{"type": "text", "text": content}, {"type": "suffix", "text": plain_text(suffix)}]
