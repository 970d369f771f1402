"""The exported pointer network: a graph that reads a prompt once, and one that says what to choose at every step."""

from pathlib import Path
from typing import Any

from slm_instrument.errors import BundleError
from slm_instrument.runtime.onnx import libraries, session
from slm_instrument.runtime.pointer.decode import History, Step
from slm_instrument.runtime.pointer.spans import Prompt

# Files of the bundle.
ENCODER = "encoder.onnx"
DECODER = "decoder.onnx"
GRAMMAR = "grammar.json"
# What the encoder's graph gives and the decoder's takes; the last two stay outside.
MEMORY = ("states", "keys", "values", "first_keys", "last_keys")
AFFINITY = "affinity"
HISTORY = ("symbols", "paths", "first", "last", "marks")
STEP = ("symbol_logits", "first_logits", "last_logits")
_CHARACTERS_PER_TOKEN = 64  # ten times what texts have: a megabyte is not tokenised to keep 512 tokens of it


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
        self._numpy, onnxruntime, tokenizers = libraries()
        try:
            self._tokenizer: Any = tokenizers.Tokenizer.from_buffer(tokenizer)
            self._encoder: Any = session(onnxruntime, encoder, threads)
            self._decoder: Any = session(onnxruntime, decoder, threads)
        except Exception as error:  # both libraries raise bare Exception subclasses of their own for bad content
            reason = str(error).strip().partition("\n")[0]
            raise BundleError(f"the model or its tokenizer cannot be loaded: {reason}") from error
        given = {output.name for output in self._encoder.get_outputs()}
        taken = {one.name for one in self._decoder.get_inputs()}
        if not {*MEMORY, AFFINITY} <= given or not {*MEMORY, *HISTORY} == taken:
            raise BundleError("the model's two graphs do not fit each other")
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self._most_characters = max_tokens * _CHARACTERS_PER_TOKEN
        self._symbols = symbols

    def read(self, text: str) -> "OnnxReader":
        """Read a prompt."""
        encoding = self._tokenizer.encode(text[: self._most_characters])
        whole = not encoding.overflowing and len(text) <= self._most_characters
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
        self.affinity: Any = affinity[0]

    def step(self, history: History) -> Step:
        """What to choose now."""
        told = history.arrays(len(self.prompt.starts), self._symbols)
        symbols, first, last = self._decoder.run(list(STEP), self._memory | dict(zip(HISTORY, told, strict=True)))
        return Step(symbols[0], first[0], last[0])
