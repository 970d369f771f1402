"""What each family of students needs to be loaded: the part of the manifest that differs between families.

A family is told by the field ``family``. ``FILES`` are the files that its bundle must hold.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from slm_instrument.records import Message
from slm_instrument.runtime.confidence import Confidence
from slm_instrument.runtime.generator.form import Form

MODEL = "model.onnx"
WEIGHTS = "model.onnx.data"  # beside a generator's model, whose graph refers to that name
ADAPTER = "adapter.npz"  # what fits a generator's shared base to the task
PHRASES = "phrases.npy"  # what usually follows what in the task's answers
TOKENIZER = "tokenizer.json"
GATE_EXAMPLES = "gate_examples.npy"  # float16 (examples, width): unit embeddings of training inputs
GATE_LABELS = "gate_labels.npy"  # int32 (examples,): the index of each example's answer


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """An answer that the student can give: ``label`` is its normal form, ``message`` the teacher's usual wording."""

    label: str
    message: Message


class StudentSpec(msgspec.Struct, frozen=True, kw_only=True, tag_field="family"):
    """What all families have: the tokens that an input is cut off after, and what makes a score of their evidence."""

    FILES: ClassVar[tuple[str, ...]] = ()

    max_tokens: int
    confidence: Confidence

    @property
    def family(self) -> str:
        """The name of the family."""
        return str(self.__struct_config__.tag)

    @property
    def known_answers(self) -> tuple[KnownAnswer, ...]:
        """The answers that it can give, in the order of their indices; none for a family that makes answers."""
        return ()

    def problem(self) -> str | None:
        """The first rule that well-typed values break."""
        return "max_tokens must be positive" if self.max_tokens < 1 else self.confidence.problem()


class NearestSpec(StudentSpec, tag="nearest", frozen=True, kw_only=True):
    """The answer of the most similar training inputs, by a frozen encoder. ``answers`` are those of ``GATE_LABELS``."""

    FILES = (MODEL, TOKENIZER, GATE_EXAMPLES, GATE_LABELS)

    answers: tuple[KnownAnswer, ...]

    @property
    def known_answers(self) -> tuple[KnownAnswer, ...]:
        """The answers that it can give, in the order of their indices."""
        return self.answers

    def problem(self) -> str | None:
        """The first rule that well-typed values break."""
        return super().problem() or _answers_problem(self.answers)


class ClassifierSpec(StudentSpec, tag="classifier", frozen=True, kw_only=True):
    """An encoder with a linear head. ``answers`` are in the order of the model's logits.

    An input is refused whose similarity to the training inputs (:mod:`slm_instrument.runtime.gate`) is less than the
    least.
    """

    FILES = (MODEL, TOKENIZER, GATE_EXAMPLES, GATE_LABELS)

    answers: tuple[KnownAnswer, ...]
    least_similarity: float

    @property
    def known_answers(self) -> tuple[KnownAnswer, ...]:
        """The answers that it can give, in the order of their indices."""
        return self.answers

    def problem(self) -> str | None:
        """The first rule that well-typed values break."""
        return super().problem() or _answers_problem(self.answers)


class PointerSpec(StudentSpec, tag="pointer", frozen=True, kw_only=True):
    """An encoder with a small decoder that builds an answer of spans of the prompt and of words of its grammar."""

    FILES = ("encoder.onnx", "decoder.onnx", TOKENIZER, "grammar.json")

    max_actions: int


class GeneratorSpec(StudentSpec, tag="generator", frozen=True, kw_only=True):
    """A small language model that writes the answer token by token.

    ``base`` is the digest of the base model that it shares with other students
    (:mod:`slm_instrument.runtime.generator.bases`), None where the bundle holds a model of its own; ``prefix`` and
    ``suffix`` stand around the slots, whose tokens ``max_tokens`` counts. ``schema`` is what its target text must be
    valid under, None for no constraint. ``ends`` are the tokens that end an answer, ``familiar`` the words that the
    teacher uses without having read them. ``known_values`` are the string values that need not be copied from the
    prompt; None where strings are free.
    """

    FILES = (TOKENIZER, PHRASES)

    base: str | None
    prefix: str
    suffix: str
    form: Form
    schema: Mapping[str, Any] | None
    ends: tuple[int, ...]
    familiar: tuple[str, ...]
    known_values: tuple[str, ...] | None
    max_new_tokens: int

    def problem(self) -> str | None:
        """The first rule that well-typed values break."""
        if self.max_new_tokens < 1 or not self.ends:
            return "max_new_tokens must be positive, and a token must end the answer"
        return super().problem()


AnyStudentSpec = NearestSpec | ClassifierSpec | PointerSpec | GeneratorSpec


def _answers_problem(answers: Iterable[KnownAnswer]) -> str | None:
    known = list(answers)
    if not known or len({answer.label for answer in known}) != len(known):
        return "its answers are empty or not distinct"
    if any(answer.message.role != "assistant" for answer in known):
        return "an answer is not an assistant message"
    return None
