"""The spans that are open now, and how they lie inside each other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from opentelemetry.sdk.trace import ReadableSpan

from slm_instrument.capture import Annotations
from slm_instrument.dialects.spans import SpanEvent, has_answer, has_prompt, is_call, is_tool_or_agent
from slm_instrument_otel.convert import attributes_of, to_events

MAX_OPEN = 50_000  # spans that never end must not fill the memory
MAX_EVENTS = 2_000  # log records kept for a span: the messages of one prompt


@dataclass(slots=True, eq=False)
class Node:
    """A span from its start until its call is made.

    ``recorded``: its call is recorded from it. ``settled``: its call is recorded from a span inside it, or by another.
    """

    span: ReadableSpan
    parent: "Node | None"
    annotations: Annotations
    ignored: bool
    recorded: bool = False
    settled: bool = False
    asked: bool = False  # whether it was asked, at the start, if another records the call
    events: list[SpanEvent] = field(default_factory=list[SpanEvent])  # log records with its ids

    def ancestors(self) -> Iterator["Node"]:
        """The spans around it, the nearest first."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def line(self) -> Iterator["Node"]:
        """The span and those around it that may be about the same call: what lies beyond a tool or an agent is not."""
        node: Node | None = self
        while node is not None and not is_tool_or_agent(attributes_of(node.span)):
            yield node
            node = node.parent

    def settle(self) -> None:
        """The call is recorded by another, and not from this span or those around it that tell of the same one."""
        for node in self.line():
            node.settled = True

    def is_recorded(self) -> None:
        """The call is recorded from this span, and not from those around it."""
        self.recorded = True
        for node in islice(self.line(), 1, None):
            node.settled = True

    def is_recorded_elsewhere(self) -> bool:
        """Whether the call is recorded from a span inside this one or around it, or in another way."""
        return self.settled or any(node.ignored or node.recorded for node in self.line())

    def is_call(self) -> bool:
        """Whether the span is an LLM call, as far as it tells by now."""
        return is_call(attributes_of(self.span), self.span.name)

    def has_prompt(self) -> bool:
        """Whether the prompt is on the span, or came beside it."""
        return has_prompt(attributes_of(self.span), self.all_events())

    def has_answer(self) -> bool:
        """Whether the answer is on the span, or came beside it."""
        return has_answer(attributes_of(self.span), self.all_events())

    def all_events(self) -> tuple[SpanEvent, ...]:
        """The span's own events and the log records."""
        return (*to_events(self.span), *self.events)


class Nodes:
    """The open spans by id. Dict operations alone: there is no lock that a fork could leave closed."""

    def __init__(self) -> None:
        self._nodes: dict[int, Node] = {}

    def __len__(self) -> int:
        return len(self._nodes)

    def get(self, span_id: int) -> Node | None:
        """The open span of that id."""
        return self._nodes.get(span_id)

    def add(self, span_id: int, node: Node) -> None:
        """A span begins."""
        self._nodes[span_id] = node
        if len(self._nodes) > MAX_OPEN:
            for oldest in list(islice(self._nodes, MAX_OPEN // 10)):
                self._nodes.pop(oldest, None)

    def pop(self, span_id: int) -> Node | None:
        """A span ends."""
        return self._nodes.pop(span_id, None)


def call_around(node: Node) -> Node | None:
    """The nearest span around one, or itself, that is an LLM call and may be about the same one."""
    return next((each for each in node.line() if each.is_call()), None)
