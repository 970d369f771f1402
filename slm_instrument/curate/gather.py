"""Which calls of a task may teach, and what each of them says."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from slm_instrument.canonical import canonical_json, normal_form
from slm_instrument.curate.outcomes import Outcomes
from slm_instrument.curate.sample import Sample
from slm_instrument.curate.terms import Teacher
from slm_instrument.records import SERVED_BY_LLM, Call, Message, ToolCall
from slm_instrument.redaction.placeholders import Masking
from slm_instrument.store.base import Task
from slm_instrument.template import Prompt, best_match


@dataclass(frozen=True, slots=True)
class Example:
    """A call as a student sees it: the prompt's slots as text, the teacher's answer and the answer's normal form."""

    call_id: str
    trace_id: str | None
    text: str
    label: str
    answer: Message
    started_at: datetime | None

    @property
    def sample(self) -> Sample:
        """What a student gets to see of it."""
        return Sample(self.call_id, self.text, self.label, self.answer)


@dataclass(slots=True)
class Gathered:
    """The usable calls of a task and their teachers, what was left out and why, and how the answers are worded.

    ``declared`` is what the newest call says of the form of its answer, as JSON schemas: of the arguments of the tools
    that were called by their names, of JSON answers under ``""``.
    """

    examples: list[Example] = field(default_factory=list[Example])
    left_out: Counter[str] = field(default_factory=Counter[str])
    teachers: Counter[Teacher] = field(default_factory=Counter[Teacher])
    declared: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    _wordings: dict[str, Counter[bytes]] = field(default_factory=dict[str, Counter[bytes]])
    _messages: dict[bytes, Message] = field(default_factory=dict[bytes, Message])

    def wording(self, label: str) -> Message:
        """The message in which the teacher most often gave the answer of that normal form."""
        key = max(self._wordings[label].items(), key=lambda item: (item[1], item[0]))[0]
        return self._messages[key]

    def add(self, call: Call, task: Task, outcomes: Outcomes) -> None:
        """Take a call, or count why not."""
        reason = _unusable(call, outcomes)
        match = None if reason else best_match(task.templates, Prompt.of_call(call))
        if match is None or call.response is None:
            self.left_out[reason or "no template matches"] += 1
            return
        # Numbered as for a live call, where what stands for something is counted from the student's text.
        masking = Masking()
        text = masking.numbered(match[1].text)
        shown = masking.made
        label = masking.numbered(normal_form(call.response).text)
        if masking.made > shown:
            # At run time the number would stand for whatever comes first in the prompt, or for nothing.
            self.left_out["answered with a masked value that its prompt does not show"] += 1
            return
        message = _numbered(plain_answer(call.response), masking)
        key = canonical_json(message.to_openai())
        message = self._messages.setdefault(key, message)
        self._wordings.setdefault(label, Counter())[key] += 1
        self.teachers[Teacher.of(call)] += 1
        self.examples.append(Example(call.id, call.trace_id, text, label, message, call.started_at))
        self._declare(call)

    def _declare(self, call: Call) -> None:
        called = {made.name for made in call.response.tool_calls} if call.response is not None else set[str]()
        for tool in call.tools:
            if tool.name in called and tool.parameters is not None:
                self.declared[tool.name] = tool.parameters
        form = (call.response_format or {}).get("json_schema")
        schema: Any = cast("Mapping[str, Any]", form).get("schema") if isinstance(form, Mapping) else None
        if isinstance(schema, Mapping):
            self.declared[""] = cast("Mapping[str, Any]", schema)


def gather(calls: Iterable[Call], task: Task, outcomes: Outcomes | None = None) -> Gathered:
    """Read a task's calls once and keep those that may teach.

    Args:
        calls: the task's, in order of arrival.
        task: whose templates find the students' input in the prompts.
        outcomes: what is known of how calls went; nothing when None.
    """
    gathered, known = Gathered(), outcomes or Outcomes()
    for call in calls:
        gathered.add(call, task, known)
    return gathered


def plain_answer(message: Message) -> Message:
    """An answer without what belongs to one call only: tool-call ids, and the talk beside tool calls."""
    if message.tool_calls:
        calls = tuple(ToolCall(call.name, call.arguments) for call in message.tool_calls)
        return Message("assistant", None, calls)
    return Message("assistant", message.text)


def _numbered(message: Message, masking: Masking) -> Message:
    calls = tuple(ToolCall(call.name, masking.numbered(call.arguments)) for call in message.tool_calls)
    content = masking.numbered(message.content) if isinstance(message.content, str) else message.content
    return replace(message, content=content, tool_calls=calls)


def _unusable(call: Call, outcomes: Outcomes) -> str | None:
    if call.error is not None or call.response is None:
        return "failed or unanswered"
    if call.audience != "agent":
        return "meant for a person"
    if call.served_by != SERVED_BY_LLM:
        return "answered by a student"
    if outcomes.failed(call):
        return "failed by outcome"
    return None
