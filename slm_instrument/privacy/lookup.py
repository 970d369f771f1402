"""Names looked for in many texts together, which a model does several times faster than one by one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.policy import Level, Policy
from slm_instrument.redaction.redactor import Replace, redact


class Names(Protocol):
    """What finds names: :class:`slm_instrument.privacy.names.NamesRecogniser`, or the user's own."""

    def find_many(self, texts: Sequence[str]) -> list[list[Finding]]:
        """For each text its findings."""
        ...


class Lookup:
    """Masks names in values, having looked through all of their texts at once.

    The redactor is asked twice: the first time it only tells which texts it would have looked through, so that JSON in
    texts and the fields of a message are treated as they are at write.

    Args:
        names: What finds names.
        values: JSON values, or texts, each with the policy that it falls under.
    """

    def __init__(self, names: Names, values: Iterable[tuple[Any, Policy]]) -> None:
        self._names = names
        self._found: dict[str, list[Finding]] = {}
        for value, policy in values:
            redact(value, _with(policy, self._note), lambda _type, text: text)
        self._found = dict(zip(self._found, names.find_many(list(self._found)), strict=True))

    def masked(self, value: Any, policy: Policy, replace: Replace) -> Any:
        """The value with what ``replace`` gives in place of names; the same object when there are none."""
        return redact(value, _with(policy, self._find), replace)

    def _note(self, text: str) -> list[Finding]:
        self._found.setdefault(text, [])
        return []

    def _find(self, text: str) -> list[Finding]:
        if text not in self._found:
            self._found[text] = self._names.find_many([text])[0]
        return self._found[text]


@dataclass(frozen=True, slots=True, eq=False)
class _Recogniser:
    found: Callable[[str], list[Finding]]

    def find(self, text: str) -> list[Finding]:
        return self.found(text)


def _with(policy: Policy, find: Callable[[str], list[Finding]]) -> Policy:
    """The policy with what stage two finds in place of the user's own recognisers, which had their turn at write."""
    return Policy(
        level=Level.STRICT if policy.level is Level.STRICT else Level.STANDARD,
        allow=policy.allow,
        deny=policy.deny,
        off=policy.off,
        recognisers=(_Recogniser(find),),
    )
