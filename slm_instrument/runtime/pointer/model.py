"""The exported pointer networks: a graph that reads a prompt once, and one that says what to choose at every step.

Members of an ensemble are in the same graphs: the first dimension of all that these give is the member.
"""

from pathlib import Path
from typing import Any

from slm_instrument.errors import BundleError
from slm_instrument.runtime.onnx import libraries, session
from slm_instrument.runtime.pointer.decode import History, Step
from slm_instrument.runtime.pointer.spans import Prompt
from slm_instrument.runtime.reading import Tokens, loading

# Files of the bundle.
ENCODER = "encoder.onnx"
DECODER = "decoder.onnx"
GRAMMAR = "grammar.json"
# What the encoder's graph gives and the decoder's takes; the last two stay outside.
MEMORY = ("states", "keys", "values", "first_keys", "last_keys")
AFFINITY = "affinity"
HISTORY = ("symbols", "paths", "first", "last", "marks")
STEP = ("symbol_logits", "first_logits", "last_logits")


class OnnxPointer:
    """Both graphs and the tokenizer; safe to use from several threads.

    Args:
        encoder: the graph that reads prompts.
        decoder: the graph that makes one step.
        tokenizer: the content of ``tokenizer.json``.
        symbols: how many symbols the grammar has.
        max_tokens: what is longer is cut off.
        threads: how many ONNX Runtime may use.

    Raises:
        BundleError: a file is not what it should be.
        MissingExtraError: ONNX Runtime, tokenizers or numpy is not installed.
    """

    def __init__(
        self,
        encoder: bytes | Path,
        decoder: bytes | Path,
        tokenizer: bytes,
        *,
        symbols: int,
        max_tokens: int,
        threads: int = 1,
    ) -> None:
        self._numpy, onnxruntime, _ = libraries()
        with loading():
            self._tokens = Tokens(tokenizer, max_tokens)
            self._encoder: Any = session(onnxruntime, encoder, threads)
            self._decoder: Any = session(onnxruntime, decoder, threads)
        given = {output.name for output in self._encoder.get_outputs()}
        taken = {one.name for one in self._decoder.get_inputs()}
        if not {*MEMORY, AFFINITY} <= given or not {*MEMORY, *HISTORY} == taken:
            raise BundleError("the model's two graphs do not fit each other")
        self._symbols = symbols

    def read(self, text: str) -> "OnnxReader":
        """Read a prompt."""
        encoding, whole = self._tokens.encode(text)
        prompt = Prompt.of(text, encoding.offsets)
        ids = self._numpy.array([encoding.ids], dtype=self._numpy.int64)
        *memory, affinity = self._encoder.run([*MEMORY, AFFINITY], {"input_ids": ids})
        return OnnxReader(self._decoder, self._symbols, prompt, whole, dict(zip(MEMORY, memory, strict=True)), affinity)


class OnnxReader:
    """A prompt that was read; ``whole`` says whether all of the text was."""

    def __init__(
        self, decoder: Any, symbols: int, prompt: Prompt, whole: bool, memory: dict[str, Any], affinity: Any
    ) -> None:
        self._decoder = decoder
        self._symbols = symbols
        self._memory = memory
        self.prompt = prompt
        self.whole = whole
        self.affinity: Any = affinity

    def step(self, history: History) -> Step:
        """What to choose now."""
        told = history.arrays(len(self.prompt.starts), self._symbols)
        return Step(*self._decoder.run(list(STEP), self._memory | dict(zip(HISTORY, told, strict=True))))
