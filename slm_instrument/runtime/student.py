"""Students at work: text in, an assistant message and a score out.

A student needs ONNX Runtime, tokenizers and numpy, and no torch. This module imports without them: the libraries come
when a student is made, and only those of its family.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from slm_instrument.records import Message, new_id
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.onnx import libraries
from slm_instrument.runtime.specs import ClassifierSpec, GeneratorSpec, NearestSpec, PointerSpec


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a student would answer.

    ``accepted`` says whether the gate lets it through: the score reaches the certified threshold. ``label`` is the
    answer's normal form, ``evidence`` what the score was made of.
    """

    message: Message
    score: float
    accepted: bool
    label: str
    evidence: Mapping[str, float] = field(default_factory=dict[str, float])


class Student(Protocol):
    """A small model that answers one task; safe to call from several threads."""

    def answer(self, text: str) -> Prediction:
        """Answer a prompt's slots (:attr:`slm_instrument.template.Slots.text`)."""
        ...


def load_student(bundle: Bundle, *, threads: int = 1) -> Student:
    """The student of a bundle, of whatever family.

    Raises:
        BundleError: a file is missing, altered, or not what it should be.
        MissingExtraError: a library that the family needs is not installed.
    """
    libraries()
    spec = bundle.manifest.student
    match spec:
        case ClassifierSpec():
            from slm_instrument.runtime.classifier import ClassifierStudent

            return ClassifierStudent(bundle, spec, threads=threads)
        case NearestSpec():
            from slm_instrument.runtime.nearest import NearestStudent

            return NearestStudent(bundle, spec, threads=threads)
        case PointerSpec():
            from slm_instrument.runtime.pointer import PointerStudent

            return PointerStudent(bundle, spec, threads=threads)
        case GeneratorSpec():
            from slm_instrument.runtime.generator.student import GeneratorStudent

            return GeneratorStudent(bundle, spec, threads=threads)


def fresh(message: Message) -> Message:
    """The message as if just made: every tool call gets an id of its own, as a provider would give it."""
    if not message.tool_calls:
        return message
    calls = tuple(replace(call, id=f"call_{new_id().replace('-', '')}") for call in message.tool_calls)
    return replace(message, tool_calls=calls)
