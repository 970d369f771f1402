"""What a generator reads: the slots of a prompt between two fixed texts, as token ids.

The three parts are tokenised one by one. So no token reaches over their borders, what was computed for the first part
serves every call, and a control token that somebody writes into a slot (``<|im_end|>``) is plain text to the student.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenizers import Tokenizer

from slm_instrument.plain import plain_text

_CHARACTERS_PER_TOKEN = 64  # ten times what texts have: a megabyte is not tokenised to find it too long


@dataclass(frozen=True, slots=True)
class Prompt:
    """Token ids of a prompt: ``ids[len(prefix) : len(prefix) + slots]`` are those of the slots."""

    ids: Sequence[int]
    slots: Sequence[int]
    too_long: bool


class Prompter:
    """Turns slots into a student's prompt; the very same for training and at run time. Safe in several threads.

    Args:
        tokenizer: The contents of ``tokenizer.json``.
        prefix: What stands before the slots: the chat template's beginning, and examples where there are any.
        suffix: What stands behind them, up to where the answer begins.
        max_tokens: Of the slots. Longer ones are not cut, since an answer to half a text is none: see ``too_long``.
    """

    def __init__(self, tokenizer: bytes, prefix: str, suffix: str, max_tokens: int) -> None:
        loaded: Any = Tokenizer.from_buffer(tokenizer)
        loaded.no_padding()
        loaded.no_truncation()
        self._tokenizer = loaded
        self._max_tokens = max_tokens
        self.prefix = self._encode(prefix)
        self.suffix = self._encode(suffix)
        loaded.encode_special_tokens = True

    def encode(self, text: str) -> Prompt:
        """The prompt of a call's slots."""
        whole = len(text) <= self._max_tokens * _CHARACTERS_PER_TOKEN
        slots = self._encode(text) if whole else ()
        fits = whole and len(slots) <= self._max_tokens
        return Prompt((*self.prefix, *slots, *self.suffix), slots, not fits)

    def plain(self, text: str) -> Sequence[int]:
        """Token ids of a text by itself, as of the slots or of an answer."""
        return self._encode(text)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids."""
        return self._tokenizer.decode(list(ids), skip_special_tokens=False)

    def _encode(self, text: str) -> Sequence[int]:
        return tuple(self._tokenizer.encode(plain_text(text), add_special_tokens=False).ids)
