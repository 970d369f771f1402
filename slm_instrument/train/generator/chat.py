"""The fixed texts around the slots: the model's own chat template, or a plain form for models without one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slm_instrument.errors import InputError
from slm_instrument.train.generator.base_lm import BaseLM

_SLOTS, _ANSWER = "\x01slots\x01", "\x01answer\x01"  # stand for what varies while the template is rendered
_INSTRUCTION = "Answer every message exactly as in the examples."


@dataclass(frozen=True, slots=True)
class ChatForm:
    """What stands before and behind a call's slots, and the token that ends an answer."""

    prefix: str
    suffix: str
    end: int


def chat_form(base: BaseLM, shots: Sequence[tuple[str, str]] = ()) -> ChatForm:
    """The form of a model's prompts.

    Args:
        base: the model.
        shots: slots and answers that are shown to it before every call's own. Without any the system message is left
            empty: a fine-tuned student needs no instruction, and every token costs time.

    Raises:
        InputError: its chat template cannot be used, or no token ends an answer.
    """
    tokenizer = base.chat()
    if not tokenizer.chat_template:
        return _plain(base, tokenizer, shots)
    system = _INSTRUCTION if shots else ""
    turns = [message for text, answer in shots for message in (_said("user", text), _said("assistant", answer))]
    asked = [*turns, _said("user", _SLOTS)]
    # A template without a system message may put in one of its own, and some know no system role.
    forms = [
        text.split(_SLOTS)
        for messages in ([_said("system", system), *asked], asked)
        if (text := _rendered(tokenizer, messages, add_generation_prompt=True)) and text.count(_SLOTS) == 1
    ]
    if not forms:
        raise InputError(
            f"the chat template of the base model {base.base.name} cannot be used: it changes the messages"
        )
    prefix, suffix = forms[0] if shots else min(forms, key=lambda form: len(form[0]))
    return ChatForm(prefix, suffix, _end(base, tokenizer))


def _said(role: str, content: str) -> Mapping[str, str]:
    return {"role": role, "content": content}


def _rendered(tokenizer: Any, messages: Sequence[Mapping[str, str]], *, add_generation_prompt: bool) -> str | None:
    try:
        # Qwen3 thinks before it answers unless it is told not to; other templates do not look at it.
        return tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=add_generation_prompt, enable_thinking=False
        )
    except Exception:  # templates raise what they like, as for a role they do not know
        return None


def _end(base: BaseLM, tokenizer: Any) -> int:
    """The token that the template puts behind an answer, which need not be the one that ends a text."""
    messages = [_said("user", _SLOTS), _said("assistant", _ANSWER)]
    behind = (_rendered(tokenizer, messages, add_generation_prompt=False) or "").partition(_ANSWER)[2].lstrip()
    ids: Sequence[int] = tokenizer.encode(behind, add_special_tokens=False) if behind else ()
    if ids and ids[0] in tokenizer.added_tokens_decoder:
        return ids[0]
    return _end_of_text(base, tokenizer)


def _end_of_text(base: BaseLM, tokenizer: Any) -> int:
    if tokenizer.eos_token_id is None:
        raise InputError(f"the tokenizer of the base model {base.base.name} names no token that ends a text")
    return tokenizer.eos_token_id


def _plain(base: BaseLM, tokenizer: Any, shots: Sequence[tuple[str, str]]) -> ChatForm:
    """For a model that was never trained to chat."""
    start = tokenizer.bos_token or ""
    shown = "".join(f"Input:\n{text}\nOutput:\n{answer}\n\n" for text, answer in shots)
    return ChatForm(f"{start}{shown}Input:\n", "\nOutput:\n", _end_of_text(base, tokenizer))
