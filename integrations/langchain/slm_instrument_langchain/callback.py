"""The callback that records what a LangChain application asks of its models."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, cast
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import LLMResult

from slm_instrument.capture import Recorder
from slm_instrument.config import disabled
from slm_instrument.records import Failure
from slm_instrument_langchain.runs import Run, freeze

logger = logging.getLogger("slm_instrument")

_MAX_RUNS = 50_000  # open at a time; runs that never end (a stream nobody reads) must not fill the memory
_MAX_ERROR_CHARS = 2_000


class SlmCallbackHandler(BaseCallbackHandler):
    """Records every LLM call: ``agent.invoke(inputs, config={"callbacks": [SlmCallbackHandler(recorder)]})``.

    One handler may serve all threads, event loops and agents of a process. It works alike in sync and async code: there
    it runs inline, which takes some microseconds and no executor. It changes nothing and never raises. Streams are
    recorded when they end, also early or by an error, with what had come of them.

    From a run's config it takes ``metadata``: ``user_id`` (or ``session_id``, ``thread_id``, ...) becomes the call's
    origin, which the store pseudonymises; other short values and the ``tags`` become labels.

    Args:
        recorder: Where calls go.
        app: The application's name. Default: the recorder's.
    """

    run_inline = True
    raise_error = False

    def __init__(self, recorder: Recorder, *, app: str | None = None) -> None:
        self.recorder = recorder
        self.app = app
        self.errors = 0  # events that could not be handled: a bug here, or objects no LangChain makes
        self._roots: dict[UUID, UUID] = {}
        self._runs: dict[UUID, Run] = {}

    @property
    def ignore_retry(self) -> bool:
        """A retry is no call of its own."""
        return True

    @property
    def ignore_custom_event(self) -> bool:
        """Custom events are no calls."""
        return True

    def trace_of(self, run_id: UUID) -> str | None:
        """The trace that a running chain, graph node or tool is part of: its root run's id; None when unknown."""
        root = self._roots.get(run_id)
        return None if root is None else str(root)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A chat model is asked."""
        try:
            prompt = [freeze(message) for message in messages[0]]
            self._started("chat", prompt, run_id, parent_run_id, tags, metadata, kwargs)
        except Exception as e:
            self._failed(e)

    def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A completion model is asked; its prompt is recorded as one user message."""
        try:
            self._started("text_completion", prompts[:1], run_id, parent_run_id, tags, metadata, kwargs)
        except Exception as e:
            self._failed(e)

    def on_llm_new_token(self, token: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """A stream goes on; only its first token is of interest."""
        run = self._runs.get(run_id)
        if run is not None and run.first_token is None:
            run.first_token = time.perf_counter()

    def on_stream_event(self, event: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """The same for LangChain's event protocol (``stream_events(version="v3")``)."""
        run = self._runs.get(run_id)
        if run is not None and run.first_token is None and _is_delta(event):
            run.first_token = time.perf_counter()

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has answered."""
        try:
            run = self._finish(run_id, time.perf_counter())
            if run is not None:
                try:
                    _take_answer(run, response)
                finally:  # half a record is better than none
                    self.recorder.submit(run.to_call)
        except Exception as e:
            self._failed(e)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A call has failed, was cancelled, or its stream was left early."""
        try:
            run = self._finish(run_id, time.perf_counter())
            if run is not None:
                run.error = _failure(error)
                try:
                    _take_partial_answer(run, kwargs.get("response"))
                finally:
                    self.recorder.submit(run.to_call)
        except Exception as e:
            self._failed(e)

    def on_chain_start(
        self, serialized: Any, inputs: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Remember which trace the run is part of."""
        self._enter(run_id, parent_run_id)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self._roots.pop(run_id, None)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self._roots.pop(run_id, None)

    def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Tools ask models too: remember which trace the run is part of."""
        self._enter(run_id, parent_run_id)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self._roots.pop(run_id, None)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self._roots.pop(run_id, None)

    def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Retrievers ask models too: remember which trace the run is part of."""
        self._enter(run_id, parent_run_id)

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self._roots.pop(run_id, None)

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self._roots.pop(run_id, None)

    def _enter(self, run_id: UUID, parent_run_id: UUID | None) -> None:
        try:
            roots = self._roots
            roots[run_id] = roots.get(parent_run_id, parent_run_id) if parent_run_id is not None else run_id
            if len(roots) > _MAX_RUNS:
                for oldest in list(islice(roots, _MAX_RUNS // 10)):
                    roots.pop(oldest, None)
        except Exception as e:
            self._failed(e)

    def _started(
        self,
        operation: str,
        prompt: Sequence[Any],
        run_id: UUID,
        parent_run_id: UUID | None,
        tags: list[str] | None,
        metadata: Mapping[str, Any] | None,
        options: Mapping[str, Any],
    ) -> None:
        if disabled():
            return
        root = self._roots.get(parent_run_id, parent_run_id) if parent_run_id is not None else run_id
        run = self._runs[run_id] = Run(
            run_id, root, parent_run_id, operation, prompt, options, tags, metadata or {}, self.app,
            time.time(), time.perf_counter(),
        )  # fmt: skip
        if asyncio._get_running_loop() is not None:  # the public function raises, which takes longer than all of this
            self._watch_task(run)
        if len(self._runs) > _MAX_RUNS:
            self._give_up_oldest()

    def _watch_task(self, run: Run) -> None:
        """See to a run whose task is cancelled: LangChain's ``ainvoke`` says nothing then."""
        task = asyncio.current_task()
        if task is None:
            return

        def ended(task: asyncio.Task[Any]) -> None:
            if task.cancelled():  # one that ended well may have left a stream to another task
                self.on_llm_error(asyncio.CancelledError(), run_id=run.id)

        task.add_done_callback(ended)
        run.unwatch = lambda: task.remove_done_callback(ended)

    def _finish(self, run_id: UUID, ended: float) -> Run | None:
        run = self._runs.pop(run_id, None)
        if run is None:
            return None
        run.ended = ended
        if run.unwatch is not None:
            run.unwatch()
            run.unwatch = None
        return run

    def _give_up_oldest(self) -> None:
        for oldest in list(islice(self._runs, _MAX_RUNS // 10)):
            run = self._finish(oldest, time.perf_counter())
            if run is not None:
                run.error = Failure("Unfinished", "the run was not ended while many later ones were")
                self.recorder.submit(run.to_call)

    def _failed(self, error: Exception) -> None:
        self.errors += 1
        if self.errors == 1:
            logger.warning(
                "slm_instrument: a LangChain event could not be recorded (further ones are only counted)",
                exc_info=error,
            )


def _take_answer(run: Run, response: LLMResult) -> None:
    generation = response.generations[0][0]
    message = getattr(generation, "message", None)
    run.answer = freeze(message) if message is not None else generation.text
    run.info = generation.generation_info
    run.output = response.llm_output


def _take_partial_answer(run: Run, response: Any) -> None:
    """What had come before the failure; LangChain also puts an empty message there that holds the error's details."""
    generations: Any = getattr(response, "generations", None)
    message = getattr(generations[0][0], "message", None) if generations and generations[0] else None
    if isinstance(message, BaseMessage) and (message.content or getattr(message, "tool_calls", None)):
        run.answer = freeze(message)


def _failure(error: BaseException) -> Failure:
    # As text at once: an exception holds its frames, and all that is in them, alive.
    try:
        text = str(error)[:_MAX_ERROR_CHARS].encode("utf-8", "replace").decode()
    except Exception:
        text = ""
    return Failure(type(error).__name__, text)


def _is_delta(event: Any) -> bool:
    return isinstance(event, Mapping) and cast("Mapping[str, Any]", event).get("event") == "content-block-delta"
