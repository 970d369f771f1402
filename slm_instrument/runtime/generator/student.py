"""A generator's bundle, loaded: slots in, the answer that a small language model says out, and the gate's score.

::

    bundle/tokenizer.json
          /phrases.npy       what usually follows what in the task's answers
          /adapter.npz       the weights that fit the shared base to the task; none where it answers by examples
          /model.onnx, model.onnx.data    instead of a shared base, where all weights were trained

Nothing but ONNX Runtime, tokenizers, numpy and llguidance is needed to run it.
"""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slm_instrument.canonical import normal_form
from slm_instrument.errors import BundleError
from slm_instrument.forking import reset_in_child
from slm_instrument.records import Message
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.confidence import REFUSED
from slm_instrument.runtime.generator.adapter import read_adapter
from slm_instrument.runtime.generator.bases import find_base
from slm_instrument.runtime.generator.decode import ROOM, Spoken, speak
from slm_instrument.runtime.generator.drafts import Drafter, read_phrases
from slm_instrument.runtime.generator.evidence import evidence_of, refusal, token_pieces
from slm_instrument.runtime.generator.form import escaped
from slm_instrument.runtime.generator.grammar import Grammar, Guide
from slm_instrument.runtime.generator.model import LanguageModel, Reading, language_model
from slm_instrument.runtime.generator.prompt import Prompter
from slm_instrument.runtime.specs import ADAPTER, MODEL, PHRASES, TOKENIZER, WEIGHTS, GeneratorSpec
from slm_instrument.runtime.student import Prediction, fresh


class GeneratorStudent:
    """A bundle of the generator family, loaded. Safe to call from several threads, which share one model.

    Args:
        bundle: where it lies.
        spec: what its manifest says of the student.
        threads: how many ONNX Runtime may use for one pass.

    Raises:
        BundleError: a file is missing, altered, or not what it should be, or its base model is not there.
        MissingExtraError: a library that it needs is not installed.
    """

    def __init__(self, bundle: Bundle, spec: GeneratorSpec, *, threads: int = 1) -> None:
        self._spec = spec
        self._threshold = bundle.manifest.certificate.threshold
        tokenizer = bundle.read(TOKENIZER)
        try:
            self._prompter = Prompter(tokenizer, spec.prefix, spec.suffix, spec.max_tokens)
        except Exception as error:  # tokenizers raises bare Exception
            raise BundleError(f"{bundle.path}: {TOKENIZER} cannot be read: {error}") from error
        self._grammar = _grammar(spec, tokenizer)
        self._phrases = read_phrases(bundle.read(PHRASES))
        self._familiar = frozenset(spec.familiar)
        self._model = language_model(_model_file(bundle, spec), threads)
        self._adapter = _adapter(bundle, self._model)
        self._prefix: Reading | None = None
        self.reset()
        reset_in_child(self)

    def reset(self) -> None:
        """Make a new lock, as a forked child must."""
        self._reading = threading.Lock()

    def answer(self, text: str) -> Prediction:
        """Answer a prompt's slots; a prompt that is too long and an answer that does not end are refused."""
        prompt = self._prompter.encode(text)
        if prompt.too_long:
            return self._prediction(Message("assistant", ""), refusal(len(prompt.slots)))
        spoken = self._speak(text, prompt.slots)
        said = self._prompter.decode(spoken.ids)
        message = self._spec.form.message(said)
        pieces = token_pieces(spoken.ids, self._prompter.decode)
        evidence = evidence_of(spoken, said, text, len(prompt.slots), self._familiar, pieces)
        evidence[REFUSED] = float(not spoken.ended or message is None)
        return self._prediction(message or Message("assistant", said), evidence)

    def _speak(self, text: str, slots: Sequence[int]) -> Spoken:

        rest = (*slots, *self._prompter.suffix)
        after = self._read_prefix()
        room = (after.length if after else 0) + len(rest) + self._spec.max_new_tokens + ROOM
        sources = [self._prompter.plain(escaped(text)), slots] if "text" not in self._spec.form.kinds else [slots]
        return speak(
            Reading(self._model, self._adapter, room, after),
            rest,
            ends=self._spec.ends,
            most=self._spec.max_new_tokens,
            drafter=Drafter(self._phrases, sources),
            guide=self._guide(text),
        )

    def _guide(self, text: str) -> Guide | None:
        if self._grammar is None:
            return None
        known = self._spec.known_values
        return self._grammar.start() if known is None else self._grammar.start(text, known)

    def _read_prefix(self) -> Reading | None:
        """What stands before the slots, read once for all calls."""
        if not self._prompter.prefix:
            return None
        with self._reading:
            if self._prefix is None:
                prefix = Reading(self._model, self._adapter, len(self._prompter.prefix))
                prefix.feed(self._prompter.prefix)
                self._prefix = prefix
            return self._prefix

    def _prediction(self, message: Message, evidence: Mapping[str, float]) -> Prediction:
        score = self._spec.confidence.score(evidence)
        accepted = self._threshold is not None and score >= self._threshold
        return Prediction(fresh(message), score, accepted, normal_form(message).text, evidence)


def _model_file(bundle: Bundle, spec: GeneratorSpec) -> Path:

    if spec.base is not None:
        return find_base(bundle.path, spec.base) / MODEL
    missing = [name for name in (MODEL, WEIGHTS) if name not in bundle.manifest.files]
    if missing:
        raise BundleError(f"{bundle.path}: it has neither a base model nor {missing[0]} of its own")
    return bundle.path / MODEL


def _adapter(bundle: Bundle, model: LanguageModel) -> Mapping[str, Any]:

    if ADAPTER not in bundle.manifest.files:
        return {}
    try:
        return model.bindable(read_adapter(bundle.read(ADAPTER)))
    except BundleError as error:
        raise BundleError(f"{bundle.path}: {error}") from error


def _grammar(spec: GeneratorSpec, tokenizer: bytes) -> Grammar | None:

    return None if spec.schema is None else Grammar(spec.schema, tokenizer, spec.ends)
