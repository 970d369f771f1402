"""Answers under a JSON schema: at every token, only what can still become a valid answer may be said.

The work is llguidance's, which follows a grammar in microseconds a token. A grammar makes answers valid, not right: a
student that is at a loss says something valid all the same. So the gate is told how often the grammar overruled the
model, and gets the model's own probabilities.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from slm_instrument.errors import BundleError, MissingExtraError
from slm_instrument.runtime.generator.copying import Copying

_TRIED = 1000  # tokens, likeliest first, among which one must go on with the prompt

FloatArray = npt.NDArray[np.float32]


class Grammar:
    """What may be said in an answer to a task.

    Args:
        schema: The JSON schema of the answer's target text.
        tokenizer: The contents of ``tokenizer.json``.
        ends: The tokens that end an answer.

    Raises:
        BundleError: the schema says something that llguidance cannot follow.
        MissingExtraError: llguidance is not installed.
    """

    def __init__(self, schema: Mapping[str, Any], tokenizer: bytes, ends: Sequence[int]) -> None:
        try:
            import llguidance
        except ImportError as error:
            raise MissingExtraError("runtime", "a student that answers in JSON") from error
        self._ends = tuple(ends)
        try:
            self._vocabulary = llguidance.LLTokenizer(tokenizer.decode(), eos_token=list(ends))
            source = llguidance.LLMatcher.grammar_from_json_schema(
                msgspec.json.encode(schema).decode(),
                # As Form writes its targets.
                overrides={"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"},
            )
            self._matcher = llguidance.LLMatcher(self._vocabulary, source, log_level=0)
        except (ValueError, RuntimeError) as error:
            raise BundleError(f"the answers' grammar cannot be followed: {error}") from error
        if self._matcher.is_error():
            raise BundleError(f"the answers' grammar cannot be followed: {self._matcher.get_error()}")

    def start(self, prompt: str | None = None, known: Iterable[str] = ()) -> "Guide":
        """A guide through one answer.

        Args:
            prompt: Slots that string values have to be copied from; None leaves them free.
            known: Values that need not stand in the prompt.
        """
        copying = None if prompt is None else Copying(prompt, known, self._piece)
        return Guide(self._matcher.deep_copy(), self._ends, self._vocabulary.vocab_size, copying)

    def _piece(self, token: int) -> bytes:
        return self._vocabulary.decode_bytes([token])

    def accepts(self, ids: Sequence[int]) -> bool:
        """Whether an answer of these tokens, without an end token, is valid and complete."""
        matcher = self._matcher.deep_copy()
        return matcher.try_consume_tokens(list(ids)) == len(ids) and matcher.is_accepting()


class Guide:
    """Where one answer is in its grammar."""

    def __init__(self, matcher: Any, ends: Sequence[int], size: int, copying: Copying | None) -> None:
        self._matcher = matcher
        self._ends = ends
        self._size = size
        self._copying = copying

    def choose(self, logits: FloatArray) -> int:
        """The likeliest token that may come next, and go on behind it; an end token when nothing else may."""
        best = int(logits.argmax())
        if not self._may(best):
            best = self._likeliest(logits)
        if best not in self._ends:
            self._matcher.consume_token(best)
            if self._copying is not None:
                self._copying.say(best)
        return best

    def _may(self, token: int) -> bool:
        if token in self._ends:
            return self._matcher.is_accepting()
        # Models have more outputs than tokens at times, and a token that does not exist would break the matcher.
        known = token < self._size and not self._matcher.is_stopped()
        valid = known and self._matcher.validate_tokens([token]) == 1
        return valid and (self._copying is None or self._copying.may(token))

    def _likeliest(self, logits: FloatArray) -> int:
        if self._matcher.is_stopped():
            return self._ends[0]
        bits = np.unpackbits(np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8), bitorder="little")
        allowed = np.flatnonzero(bits[: min(self._size, len(logits))])
        if not len(allowed):
            return self._ends[0]
        ranked = allowed[np.argsort(-logits[allowed])[:_TRIED]].tolist()
        if self._copying is None:
            return ranked[0]
        copied = next((token for token in ranked if token in self._ends or self._copying.may(token)), None)
        if copied is None:
            self._copying.stray()
        return ranked[0] if copied is None else copied
