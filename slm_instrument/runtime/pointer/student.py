"""The pointer family at run time: answers built of spans of the prompt and of words of the grammar."""

from collections.abc import Mapping

from slm_instrument.canonical import normal_form
from slm_instrument.records import Message
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.confidence import REFUSED
from slm_instrument.runtime.pointer.decode import Built, Decoder
from slm_instrument.runtime.pointer.grammar import Grammar
from slm_instrument.runtime.pointer.model import DECODER, ENCODER, GRAMMAR, OnnxPointer, OnnxReader
from slm_instrument.runtime.pointer.wording import write
from slm_instrument.runtime.specs import TOKENIZER, PointerSpec
from slm_instrument.runtime.student import Prediction, fresh


class PointerStudent:
    """A bundle of the pointer family, loaded; safe to call from several threads.

    Args:
        bundle: where it lies; its files are checked again as they are read.
        spec: what its manifest says of the student.
        threads: how many ONNX Runtime may use for one answer.

    Raises:
        BundleError: a file is missing, altered, or not what it should be.
        MissingExtraError: ONNX Runtime, tokenizers or numpy is not installed.
    """

    def __init__(self, bundle: Bundle, spec: PointerSpec, *, threads: int = 1) -> None:
        self._confidence = spec.confidence
        self._threshold = bundle.manifest.certificate.threshold
        self._grammar = Grammar.decode(bundle.read(GRAMMAR))
        self._decoder = Decoder(self._grammar, spec.max_actions)
        self._model = OnnxPointer(
            bundle.read(ENCODER),
            bundle.read(DECODER),
            bundle.read(TOKENIZER),
            symbols=len(self._grammar.symbols),
            max_tokens=spec.max_tokens,
            threads=threads,
        )

    def answer(self, text: str) -> Prediction:
        """Answer a prompt's slots. What does not fit the encoder is refused: the rest may hold what is asked for."""
        reader = self._model.read(text)
        built = self._decoder.answer(reader.prompt, reader)
        message = Message("assistant", "") if built.answer is None else write(built.answer, self._grammar.wording)
        evidence = evidence_of(built, reader)
        score = self._confidence.score(evidence)
        accepted = self._threshold is not None and score >= self._threshold
        return Prediction(fresh(message), score, accepted, normal_form(message).text, evidence)


def evidence_of(built: Built, reader: OnnxReader) -> Mapping[str, float]:
    """What speaks for an answer; see :mod:`slm_instrument.runtime.confidence`."""
    steps = (*built.choices, *built.spans)
    return {
        "whole_log_probability": sum(steps),
        "doubting_member": min(built.members),
        "least_log_probability": min(steps, default=0.0),
        "least_margin": min(built.margins, default=0.0),
        "span_log_probability": sum(built.spans),
        "brevity": -float(len(built.choices)),
        "shortness": -float(len(reader.prompt.starts)),
        REFUSED: float(built.answer is None or not reader.whole),
    }
