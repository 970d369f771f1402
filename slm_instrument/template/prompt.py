"""A request cut into the places that templates look at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slm_instrument.canonical import canonical_json
from slm_instrument.records import Call, Message, ToolSpec

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


def _turn(message: Message) -> str:
    turn = f"{message.role}: {message.text}"
    for call in message.tool_calls:
        turn += f"\n{call.name}({call.arguments})"
    return turn
