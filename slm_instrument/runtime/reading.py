"""What the encoders of all families have in common: loading, cutting texts into tokens, examples as arrays."""

import io
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from slm_instrument.errors import BundleError
from slm_instrument.plain import plain_text
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.onnx import libraries
from slm_instrument.runtime.specs import GATE_EXAMPLES, GATE_LABELS

if TYPE_CHECKING:
    from slm_instrument.runtime.gate import FloatArray, IntArray

EMBEDDING = "sentence_embedding"  # "embedding" collides with a node that the torch exporter makes
_CHARACTERS_PER_TOKEN = 64  # ten times what texts have: a megabyte is not tokenised to keep 256 tokens of it


@contextmanager
def loading() -> Generator[None]:
    """Turn what a model or a tokenizer raises while it is loaded into a BundleError."""
    try:
        yield
    except Exception as error:  # the libraries raise bare Exception subclasses of their own for bad content
        reason = str(error).strip().partition("\n")[0]
        raise BundleError(f"the model or its tokenizer cannot be loaded: {reason}") from error


class Tokens:
    """A tokenizer that cuts texts off.

    Args:
        tokenizer: the content of ``tokenizer.json``.
        max_tokens: what is longer is cut off.

    Raises:
        Exception: whatever the tokenizers library raises for bad content.
        MissingExtraError: it is not installed.
    """

    def __init__(self, tokenizer: bytes, max_tokens: int) -> None:
        self._tokenizer: Any = libraries()[2].Tokenizer.from_buffer(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._most_characters = max_tokens * _CHARACTERS_PER_TOKEN

    def encode(self, text: str) -> tuple[Any, bool]:
        """The encoding of a text, whose offsets count the text's characters, and whether all of the text is in it."""
        encoding = self._tokenizer.encode(plain_text(text[: self._most_characters]))
        return encoding, not encoding.overflowing and len(text) <= self._most_characters


def examples_of(bundle: Bundle) -> "tuple[FloatArray, IntArray]":
    """The vectors of training inputs that a bundle keeps, (examples, width), and the index of each one's answer.

    Raises:
        BundleError: the arrays are missing, altered, or none.
    """
    numpy = libraries()[0]
    try:
        examples = numpy.load(io.BytesIO(bundle.read(GATE_EXAMPLES)), allow_pickle=False)
        labels = numpy.load(io.BytesIO(bundle.read(GATE_LABELS)), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise BundleError(f"{bundle.path}: the gate's arrays cannot be read: {error}") from error
    return examples, labels
