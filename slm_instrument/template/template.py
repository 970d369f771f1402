"""One template, and what varies in a prompt that is of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from slm_instrument.template.pattern import Pattern
from slm_instrument.template.prompt import Prompt


@dataclass(frozen=True, slots=True)
class Slots:
    """What varies in one prompt."""

    system: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    history: str

    @property
    def text(self) -> str:
        """A student's whole input: the last user message's slots first, because encoders cut off what is too long."""
        parts = [*self.last, *self.first, *self.system, self.history]
        return "\n".join(part.strip() for part in parts if part.strip())


@dataclass(frozen=True, slots=True)
class Template:
    """The static part of a recurring prompt.

    ``tools`` are the names of the tools it offers, sorted; ``response_format`` is what it demands of the answer's form,
    as canonical JSON, or empty.
    """

    system: Pattern
    first: Pattern
    last: Pattern
    tools: tuple[str, ...] = ()
    response_format: str = ""

    @property
    def static_chars(self) -> int:
        """How specific the template is, in characters that it fixes."""
        return self.system.static_chars + self.first.static_chars + self.last.static_chars

    def match(self, prompt: Prompt) -> Slots | None:
        """The prompt's slots, or None when it is not of this template."""
        if prompt.tools != self.tools or prompt.response_format != self.response_format:
            return None
        system = self.system.match(prompt.system)
        if system is None:
            return None
        last = self.last.match(prompt.last)
        if last is None:
            return None
        first = self.first.match(prompt.first)
        if first is None:
            return None
        return Slots(system=tuple(system), first=tuple(first), last=tuple(last), history=prompt.history)


def best_match(templates: Iterable[Template], prompt: Prompt) -> tuple[Template, Slots] | None:
    """The most specific of the templates that match, with the prompt's slots."""
    best: tuple[Template, Slots] | None = None
    for template in templates:
        if best is not None and template.static_chars <= best[0].static_chars:
            continue
        slots = template.match(prompt)
        if slots is not None:
            best = (template, slots)
    return best
