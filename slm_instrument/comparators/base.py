"""What a comparator is, and what one says of many answers."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from slm_instrument.records import Message


@dataclass(slots=True)
class Field:
    """How often the answers agreed in one place: a field of a JSON answer, an argument of a tool.

    ``missing`` are those that only the wanted answer has, ``unexpected`` those that only the given one has.
    """

    agreed: int = 0
    different: int = 0
    missing: int = 0
    unexpected: int = 0

    @property
    def answers(self) -> int:
        """Answers that have the place, one of them or both."""
        return self.agreed + self.different + self.missing + self.unexpected

    @property
    def agreement(self) -> float:
        """The share that agreed, 0..1; 1 where no answer has the place."""
        return self.agreed / self.answers if self.answers else 1.0


@dataclass(slots=True)
class Report:
    """How many of ``answers`` agreed, and in which places the others did not; most disagreements first.

    ``fields`` is empty for answers without places, and its items need not add up to ``agreed``: an answer that differs
    in one place of five agrees in four and does not agree.
    """

    answers: int = 0
    agreed: int = 0
    fields: Mapping[str, Field] = field(default_factory=dict[str, Field])

    @property
    def agreement(self) -> float | None:
        """The share that agreed, 0..1; None where there are no answers."""
        return self.agreed / self.answers if self.answers else None


class Comparator(ABC):
    """Decides whether an answer is as good as the teacher's.

    A subclass of one's own is a dataclass whose fields are its options (text, numbers, booleans, literals, tuples of
    text), so that they can be written in a spec. It must be safe to use from several threads.
    """

    offline: ClassVar[bool] = False  # needs a model: fit for training and replay, not for comparing live calls

    @abstractmethod
    def agrees(self, given: Message, wanted: Message) -> bool:
        """Whether the given answer agrees with the wanted one."""

    def report(self, pairs: Iterable[tuple[Message, Message]]) -> Report:
        """Figures over pairs of a given and a wanted answer."""
        report = Report()
        fields: dict[str, Field] = {}
        for given, wanted in pairs:
            report.answers += 1
            report.agreed += self.agrees(given, wanted)
            self.tally(fields, given, wanted)
        report.fields = dict(sorted(fields.items(), key=lambda item: (item[1].agreed - item[1].answers, item[0])))
        return report

    def tally(self, fields: dict[str, Field], given: Message, wanted: Message) -> None:
        """Count the places of a pair of answers in ``fields``; nothing for answers without places."""
        return
