"""All recognisers of stage one together: one pass over a text tells which of them have to look closer."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Protocol

from slm_instrument.redaction.contact import CONTACT
from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.labelled import LABELLED, Labels
from slm_instrument.redaction.linear import LinearSet
from slm_instrument.redaction.money import MONEY, Ibans
from slm_instrument.redaction.national import NATIONAL
from slm_instrument.redaction.network import NETWORK
from slm_instrument.redaction.phones import Phones
from slm_instrument.redaction.secrets import SECRETS, gitleaks


class Builtin(Protocol):
    """A recogniser of ours: it looks at a text in both forms, where one of its hints is in it."""

    @property
    def hints(self) -> tuple[str, ...]:
        """Patterns of which one must be in the text."""
        ...

    def find(self, text: str, raw: bytes) -> Iterable[Finding]:
        """What is found."""
        ...


class Recognisers:
    """Many recognisers. The work for a text grows with its length and with what is in it, not with their number."""

    def __init__(self, recognisers: Sequence[Builtin]) -> None:
        self.all = tuple(recognisers)
        by_hint: dict[str, list[int]] = {}
        for number, recogniser in enumerate(self.all):
            for hint in recogniser.hints:
                by_hint.setdefault(hint, []).append(number)
        self._hints = LinearSet(hint.encode("latin-1") for hint in by_hint)
        self._of_hint = tuple(tuple(numbers) for numbers in by_hint.values())

    def hinted(self, raw: bytes) -> list[Builtin]:
        """The recognisers that may find something in a text, given in the form of patterns."""
        numbers = {number for hint in self._hints.present(raw) for number in self._of_hint[hint]}
        return [self.all[number] for number in sorted(numbers)]


@cache
def builtin() -> Recognisers:
    """The recognisers of this package; made when first needed, in some tens of milliseconds."""
    tables = (*CONTACT, *MONEY, *NATIONAL, *NETWORK, *LABELLED, *SECRETS)
    return Recognisers((Phones(), Ibans(), Labels(), *tables, *gitleaks()))
