"""Runs of a made application: what turns prompts and answers into recorded calls with ids, times, models and usage."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeAlias

from benchmarks.agents import writing
from slm_instrument.canonical import faithful_json
from slm_instrument.records import Call, Failure, Message, ToolCall, ToolSpec, Usage

Labelled: TypeAlias = tuple[Call, str]
"""A call, and the task that an engineer of the application would say it is of."""

_BEGAN = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
_FAILING = 0.004  # of the calls, by the provider's fault
_TRIED = (
    "does this key work? say {thing}",
    "A limerick about {person} and the {thing}, please.",
    "{number} names for an app about {thing}",
    "what's {number} * 37, and is {thing} a fruit",
    "regex for {thing} ids with {number} digits",
    "Explain {thing} like I'm five.",
    "bio of {person} for the web site, mention {thing}",
    "debug {thing}",
    "haiku, {thing}, {number} syllables",
    "Does {person} know about the {thing}?",
    "Convert {number} miles of {thing} to km",
    "ping {number}",
)
_SPAN = timedelta(days=21)
_CHARS_PER_TOKEN = 4


class Run:
    """One run of an application, told apart by its trace id; its calls come in order, some seconds apart."""

    def __init__(self, app: str, seed: int, number: int, share: float, model: str, *, timed: bool) -> None:
        self.dice = Random(f"{app}/{seed}/{number}")
        self.number = number
        self.share = share  # of the runs that came before: 0 in the first, nearly 1 in the last
        self.now = _BEGAN + share * _SPAN + timedelta(minutes=self.dice.random() * 9)
        self.today = self.now.date().isoformat()
        self._app, self._model, self._timed = app, model, timed
        self._trace, self._calls = f"{app}-{seed}-{number:04}", 0

    def call(
        self,
        task: str,
        messages: Sequence[Message],
        answer: str | Message,
        *,
        agent: str | None = None,
        tools: Sequence[ToolSpec] = (),
        response_format: Mapping[str, Any] | None = None,
        model: str | None = None,
    ) -> Labelled:
        """The next call of the run, labelled with its task."""
        response = Message("assistant", answer) if isinstance(answer, str) else answer
        failed = self.dice.random() < _FAILING
        written = len(response.text) + sum(len(call.arguments) for call in response.tool_calls)
        took = 400 + 12 * written / _CHARS_PER_TOKEN * (0.6 + 0.8 * self.dice.random())
        call = Call(
            id=f"{self._trace}-{self._calls:04}",
            trace_id=self._trace,
            call_index=self._calls,
            app=self._app,
            agent=agent,
            provider="openai",
            model=model or self._model,
            started_at=self.now if self._timed else None,
            duration_ms=round(took, 1),
            messages=tuple(messages),
            tools=tuple(tools),
            response_format=response_format,
            response=None if failed else response,
            error=Failure("RateLimitError", "Error code: 429") if failed else None,
            usage=None
            if failed
            else Usage(
                input_tokens=sum(len(message.text) for message in messages) // _CHARS_PER_TOKEN + 8,
                output_tokens=written // _CHARS_PER_TOKEN + 1,
            ),
        )
        self._calls += 1
        self.now += timedelta(milliseconds=took, seconds=self.dice.random() * 4)
        return call, task

    def one_off(self) -> Labelled:
        """A call that somebody made by hand with the application's key: like no other, a task of its own."""
        dice = self.dice
        about = writing.topic(dice)
        parts = [
            writing.sentence(dice, about),
            writing.question(dice, about),
            dice.choice(_TRIED).format(
                thing=writing.thing(dice, about), person=writing.person(dice), number=dice.randint(3, 400)
            ),
        ]
        prompt = dice.choice(" \n").join(writing.some(dice, parts, 1, 3))
        messages = [user(prompt)]
        if dice.random() < 0.3:
            messages.insert(0, system(f"You are {writing.person(dice)}. {writing.sentence(dice, about)}"))
        return self.call(f"oneoff-{self.number}", messages, writing.paragraph(dice, about, 1, 3))


def runs(app: str, seed: int, count: int, *, model: str = "gpt-4o", timed: bool = True) -> Iterator[Run]:
    """So many runs; each is drawn from a generator of its own."""
    for number in range(count):
        yield Run(app, seed, number, number / count, model, timed=timed)


def system(text: str) -> Message:
    return Message("system", text)


def user(text: str, name: str | None = None) -> Message:
    return Message("user", text, name=name)


def assistant(text: str, name: str | None = None) -> Message:
    return Message("assistant", text, name=name)


def asks_tool(name: str, arguments: Mapping[str, Any], id: str, text: str | None = None) -> Message:
    """An answer that asks for one tool."""
    return Message("assistant", text, tool_calls=(ToolCall(name, as_json(arguments), id),))


def tool_result(asked: Message, text: str) -> Message:
    """What came back for :func:`asks_tool`."""
    return Message("tool", text, tool_call_id=asked.tool_calls[0].id)


def tool(name: str, description: str, /, **parameters: str) -> ToolSpec:
    """A tool whose parameters are all required; each is given as the name of its JSON type."""
    properties = {key: {"type": kind} for key, kind in parameters.items()}
    return ToolSpec(name, description, {"type": "object", "properties": properties, "required": [*parameters]})


def json_schema(name: str, /, **properties: str) -> dict[str, Any]:
    """A response format that asks for an object with these members, each given as the name of its JSON type."""
    schema = {"type": "object", "properties": {key: {"type": kind} for key, kind in properties.items()}}
    return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}


def as_json(value: Any) -> str:
    return faithful_json(value).decode()


def bullets(items: Sequence[str], mark: str = "- ") -> str:
    """The items as a list, one a line; the mark may hold ``{n}`` for the item's number."""
    return "\n".join(mark.format(n=at) + item for at, item in enumerate(items, 1))
