"""Templates: the static part that many prompts share, and the slots that vary.

A prompt is looked at in four places: the *system* text, the *first* and the *last* user message (one and the same in a
single-turn prompt: then it is the last), and the *history*, all that stands between. A :class:`Template` holds a
:class:`Pattern` for the first three; the history is always a slot. Mining templates is the analysis's work
(:mod:`slm_instrument.analyze`); matching one is here, because the runtime, the training and the analysis must cut a
prompt into the very same slots.

Matching is a handful of ``str.find``: linear in the prompt, no regular expressions, no backtracking.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slm_instrument.canonical import canonical_json
from slm_instrument.records import Call, Message, ToolSpec
from slm_instrument.redaction.placeholders import split_at_placeholders

SLOT = None  # how a slot is written inside a pattern
PLACES = ("system", "first", "last")
_SYSTEM_ROLES = frozenset({"system", "developer"})


@dataclass(frozen=True, slots=True)
class Prompt:
    """A call's input cut into the places that templates look at; a place the call lacks is an empty text."""

    system: str
    first: str
    last: str
    history: str
    tools: tuple[str, ...] = ()
    response_format: str = ""

    @classmethod
    def of(
        cls,
        messages: Sequence[Message],
        tools: Iterable[ToolSpec] = (),
        response_format: Mapping[str, Any] | None = None,
    ) -> "Prompt":
        """Cut a request; the answer is never part of it."""
        system = "\n\n".join(m.text for m in messages if m.role in _SYSTEM_ROLES)
        turns = [m for m in messages if m.role not in _SYSTEM_ROLES]
        users = [at for at, m in enumerate(turns) if m.role == "user"]
        last = users[-1] if users else None
        first = users[0] if len(users) > 1 else None
        return cls(
            system=system,
            first=turns[first].text if first is not None else "",
            last=turns[last].text if last is not None else "",
            history="\n".join(_turn(m) for at, m in enumerate(turns) if at not in (first, last)),
            tools=tuple(sorted({tool.name for tool in tools})),
            response_format=canonical_json(response_format).decode() if response_format else "",
        )

    @classmethod
    def of_call(cls, call: Call) -> "Prompt":
        """Cut a recorded call's request."""
        return cls.of(call.messages, call.tools, call.response_format)


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""Static texts and slots in order, as ``("Intent of: ", SLOT, "\nAnswer:")``; ``(SLOT,)`` matches any text."""

    pieces: tuple[str | None, ...] = (SLOT,)

    @property
    def static_chars(self) -> int:
        """How much of a matching text the pattern fixes: the more, the more specific it is."""
        return sum(len(piece) for piece in self.pieces if piece is not None)

    @property
    def without_placeholders(self) -> "Pattern":
        """The pattern with slots where its static text holds placeholders: a live prompt has the real thing there."""
        pieces: list[str | None] = []
        for piece in self.pieces:
            parts = [SLOT] if piece is None else _between_slots(split_at_placeholders(piece))
            pieces += parts[1:] if pieces and pieces[-1] is None and parts[0] is None else parts
        return Pattern(tuple(pieces))

    def match(self, text: str) -> list[str] | None:
        """The slots' texts, or None when the text is of another pattern. Static texts are looked for leftmost first."""
        slots: list[str] = []
        at = 0
        open_slot = False
        last = len(self.pieces) - 1
        for index, piece in enumerate(self.pieces):
            if piece is None:
                open_slot = True
            elif index == last:
                # The final text must end the prompt, so it is not searched for.
                start = len(text) - len(piece)
                if start < at or not text.endswith(piece) or (not open_slot and start != at):
                    return None
                if open_slot:
                    slots.append(text[at:start])
                return slots
            else:
                start = text.find(piece, at) if open_slot else (at if text.startswith(piece, at) else -1)
                if start < 0:
                    return None
                if open_slot:
                    slots.append(text[at:start])
                    open_slot = False
                at = start + len(piece)
        if open_slot:
            slots.append(text[at:])
        elif at != len(text):
            return None
        return slots


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


def _between_slots(texts: Sequence[str]) -> list[str | None]:
    """The texts that are not empty, with a slot between each two of all."""
    pieces: list[str | None] = []
    for at, text in enumerate(texts):
        if at and (not pieces or pieces[-1] is not None):
            pieces.append(SLOT)
        if text:
            pieces.append(text)
    return pieces or [""]


def _turn(message: Message) -> str:
    calls = "".join(f"\n{call.name}({call.arguments})" for call in message.tool_calls)
    return f"{message.role}: {message.text}{calls}"
