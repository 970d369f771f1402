"""One LLM run: what the callbacks saw of it, and the record made of that later, on the recorder's thread."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from weakref import ref

from langchain_core.outputs import LLMResult

from slm_instrument.capture import Annotations
from slm_instrument.dialects import usage_or_none
from slm_instrument.dialects.shapes import listing, mapping, text
from slm_instrument.plain import plain_text
from slm_instrument.records import Call, Failure
from slm_instrument_langchain.messages import fields_of, freeze, join_chunks, to_answer
from slm_instrument_langchain.request import noted, to_request

_MAX_ERROR_CHARS = 2_000

Key = Any  # a run's id as a number, which hashes faster than a UUID; whatever else somebody may have given as id


@dataclass(eq=False, repr=False)  # what it holds is not for logs
class Run:
    """References to what the callbacks were given; times are readings of ``time.time`` and ``time.perf_counter``.

    It must not hold the run's id, a UUID: that object's end is the end of a run whose end LangChain does not report.
    Without slots, what is not yet known costs nothing when a run begins: it is the class's.
    """

    id: Key
    trace_id: Key
    parent_id: Key | None
    operation: str
    prompt: Any  # frozen messages, see messages.freeze
    params: Any  # the model's "invocation_params"
    name: Any  # run_name
    tags: Any
    metadata: Any
    app: str | None
    said: Annotations
    lost: Callable[["Run", bool], object]  # told when the run can have no other end, and whether it was cancelled
    at: float
    started: float
    first_token: float | None = field(default=None, init=False)
    came: Any = field(default=(), init=False)  # of a stream: a list of chunks, or of tokens
    ended: float | None = field(default=None, init=False)
    answer: Any = field(default=None, init=False)  # a frozen message, or text
    choices: int = field(default=1, init=False)
    info: Any = field(default=None, init=False)  # the generation's
    output: Any = field(default=None, init=False)  # the whole result's: LLMResult.llm_output
    error: Failure | None = field(default=None, init=False)
    readable: bool = field(default=True, init=False)
    alive: "ref[UUID] | None" = field(default=None, init=False)
    task: "ref[asyncio.Task[Any]] | None" = field(default=None, init=False)

    def watch(self, run_id: Any) -> None:
        """See to a run whose end is never reported: a cancelled ``ainvoke``, the rest of a batch of which one failed.

        The run's manager dies with the call then, and its id with it. Others may hold the id as well (tracers do), so
        the task is looked at too. Neither is kept alive from here.
        """
        if isinstance(run_id, UUID):  # LangChain takes anything that it is given in a config
            self.alive = ref(run_id, self._id_died)
        loop = asyncio._get_running_loop()  # the public function raises, which takes longer than all of this
        if loop is not None:
            task = asyncio.current_task(loop)
            if task is not None:
                self.task = ref(task)
                task.add_done_callback(self._task_ended)

    def end(self, at: float) -> None:
        """It has ended, well or not: look no longer."""
        self.ended = at
        self.alive = None
        if self.task is not None:
            task = self.task()
            if task is not None:
                task.remove_done_callback(self._task_ended)

    def take_answer(self, response: LLMResult) -> None:
        """What the model answered: the first of its choices."""
        choices = response.generations[0]
        self.choices = len(choices)
        message = getattr(choices[0], "message", None)
        self.answer = freeze(message) if message is not None else choices[0].text
        self.info = choices[0].generation_info
        self.output = response.llm_output

    def take_partial_answer(self, response: Any) -> None:
        """What had come before a failure, where LangChain tells; an empty message there holds the error's details."""
        generations: Any = getattr(response, "generations", None)
        first: Any = generations[0][0] if generations and generations[0] else None
        message = getattr(first, "message", None)
        if message is None:
            self.answer = getattr(first, "text", None) or None
        elif message.content or getattr(message, "tool_calls", None):
            self.answer = freeze(message)

    def _id_died(self, _: object) -> None:
        self.lost(self, self.task is not None)  # in a task, nothing else ends a run without a word

    def _task_ended(self, task: "asyncio.Task[Any]") -> None:
        if task.cancelled():  # one that ended well may have left a stream to another task
            self.lost(self, True)

    def to_call(self) -> Call:
        """The record; where something beside prompt and answer cannot even be looked at, the record without it all."""
        try:
            return self._to_call()
        except Exception:
            self.params = self.metadata = self.tags = self.name = self.info = self.output = None
            self.readable = False
            return self._to_call()

    def _to_call(self) -> Call:
        params, metadata, tags = mapping(self.params), mapping(self.metadata), listing(self.tags)
        if self.answer is None and self.came:  # it broke off while LangChain streamed on behalf of ``invoke``
            self.answer = freeze(join_chunks(self.came))
        answer = fields_of(self.answer)
        details, output = mapping(answer.get("response_metadata") if self.readable else None), mapping(self.output)
        usage = mapping(answer.get("usage_metadata") or output.get("token_usage") or output.get("usage"))
        request = to_request(self.prompt, params=params, metadata=metadata, tags=tags, name=self.name)
        answered = _answering_model(details, output)
        call = replace(
            request,
            id=id_text(self.id),
            trace_id=id_text(self.trace_id),
            parent_id=id_text(self.parent_id) if self.parent_id is not None else None,
            app=self.app,
            provider=text(metadata.get("ls_provider") or details.get("model_provider")) or request.provider,
            model=request.model or answered,
            operation=self.operation,
            started_at=datetime.fromtimestamp(self.at, UTC),
            duration_ms=_ms(self.started, self.ended),
            time_to_first_token_ms=_ms(self.started, self.first_token),
            response=to_answer(self.answer) if self.answer is not None else None,
            error=self.error,
            usage=usage_or_none(usage),
            cost_usd=_cost(usage),
            labels={**request.labels, **self._labels(details, answered if answered != request.model else None, usage)},
        )
        return self.said.on(call)

    def _labels(self, details: Mapping[str, Any], model: str | None, usage: Mapping[str, Any]) -> dict[str, Any]:
        """What is to be said of the answer."""
        reason = details.get("finish_reason") or details.get("stop_reason") or mapping(self.info).get("finish_reason")
        found = noted(finish_reason=reason, response_id=details.get("id"), response_model=model)
        if self.choices > 1:
            found["choices"] = self.choices
        if _cost(usage) == 0:
            found["cached"] = True
        return found


def failure_of(error: BaseException) -> Failure:
    """An error as text, at once: an exception holds its frames, and all that is in them, alive."""
    try:
        said = plain_text(str(error)[:_MAX_ERROR_CHARS])
    except Exception:
        said = ""
    return Failure(type(error).__name__, said)


def is_delta(event: Any) -> bool:
    """Whether an event of LangChain's event protocol brings a piece of the answer."""
    return mapping(event).get("event") == "content-block-delta"


def key_of(run_id: Any) -> Key:
    """A run's id as a number; of an id that is none (LangChain does not look), what it is."""
    try:
        return run_id.int
    except AttributeError:
        return run_id


def id_text(key: Key) -> str:
    """A run's id as it is recorded."""
    if not isinstance(key, int):
        return plain_text(key if isinstance(key, str) else type(key).__name__)
    digits = f"{key:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _answering_model(details: Mapping[str, Any], output: Mapping[str, Any]) -> str | None:
    return text(details.get("model_name") or details.get("model") or output.get("model_name"))


def _cost(usage: Mapping[str, Any]) -> float | None:
    """LangChain's cache marks an answer that it had already with a cost of zero."""
    cost = usage.get("total_cost")
    return float(cost) if isinstance(cost, int | float) else None


def _ms(start: float, end: float | None) -> float | None:
    return None if end is None else (end - start) * 1000
