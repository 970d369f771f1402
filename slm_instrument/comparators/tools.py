"""Comparing tool calls by name and arguments."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

import msgspec

from slm_instrument.canonical import agree, canonical_json
from slm_instrument.comparators.base import Field
from slm_instrument.comparators.json_value import ByValue, count, same, tally
from slm_instrument.records import Message, ToolCall

THE_TOOL = ""  # the field of a report that says whether the right tool was called


@dataclass(frozen=True, slots=True)
class ToolCalls(ByValue):
    """Tool calls agree that have the same names and arguments; what is said beside them does not count.

    Places begin with the tool's name: ``search.tags``, ``*.reason``. Answers without tool calls compare by normal form.

    Args:
        ignore: arguments that do not count.
        unordered: arguments that are arrays whose order does not count.
        empty: ``absent``: an argument that is null or empty counts as one that is not there.
        order: ``any``: the order of several calls in one answer does not count.
    """

    order: Literal["kept", "any"] = "kept"

    def agrees(self, given: Message, wanted: Message) -> bool:
        """Whether the same tools are called with the same arguments, in all that counts."""
        if not (given.tool_calls and wanted.tool_calls):
            return agree(given, wanted)
        return same(self._calls(given), self._calls(wanted))

    def tally(self, fields: dict[str, Field], given: Message, wanted: Message) -> None:
        """Count the choice of tool under ``""``, and the arguments of calls of the same tool."""
        nothing: dict[str, Any] = {"name": None, "arguments": {}}
        for one, other in zip_longest(self._calls(given), self._calls(wanted), fillvalue=nothing):
            count(fields.setdefault(THE_TOOL, Field()), one["name"], other["name"])
            if one["name"] == other["name"]:
                tally(fields, one["arguments"], other["arguments"], (one["name"],))

    def _calls(self, message: Message) -> list[dict[str, Any]]:
        calls = [
            {"name": call.name, "arguments": self.reduced(_arguments(call), (call.name,))}
            for call in message.tool_calls
        ]
        return sorted(calls, key=canonical_json) if self.order == "any" else calls


def _arguments(call: ToolCall) -> Any:
    """The parsed arguments; the text where it is no JSON."""
    try:
        return msgspec.json.decode(call.arguments)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return call.arguments
