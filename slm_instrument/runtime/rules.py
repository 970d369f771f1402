"""What students may not do, whatever they were certified for: rules of the user's.

A certificate of 95 % says nothing of which answers the other 5 % are. Where a wrong one cannot be undone (a refund, a
deletion, a message that goes out), the tool that does it can be left to the LLM.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from slm_instrument.records import Message


@dataclass(frozen=True, slots=True)
class Rules:
    """Tools that only the LLM may call: names, or patterns of names as ``delete_*``."""

    llm_only_tools: tuple[str, ...] = ()

    @classmethod
    def of(cls, *lists: Iterable[str]) -> "Rules":
        """From several lists; blank entries are none."""
        return cls(tuple(name.strip() for names in lists for name in names if name.strip()))

    def forbid(self, answer: Message) -> str | None:
        """Why an answer must not be given by a student, or None."""
        for call in answer.tool_calls:
            if any(fnmatchcase(call.name, pattern) for pattern in self.llm_only_tools):
                return f"the tool {call.name!r} is left to the LLM by rule"
        return None
