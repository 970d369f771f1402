"""The callback that records what a LangChain application asks of its models."""

import logging
import time
from contextvars import ContextVar
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import LLMResult
from langchain_core.runnables.config import var_child_runnable_config

from slm_instrument.capture import Recorder, annotations, covers, needs_recorder
from slm_instrument.records import Failure
from slm_instrument_langchain.messages import freeze
from slm_instrument_langchain.metadata import SERVED_BY
from slm_instrument_langchain.runs import Key, Run, failure_of, id_text, is_delta, key_of

logger = logging.getLogger("slm_instrument")

_MAX_RUNS = 50_000  # open at a time; runs that never end (a stream nobody reads) must not fill the memory

# The run begun last in this context, by the handler's open runs and its key there: an ended run is not held by it.
_last: ContextVar[tuple[dict[Key, Run], Key] | None] = ContextVar("slm_instrument_langchain_run", default=None)


def _awaits_answer() -> bool:
    """Whether a run under way in this context waits for its model: then what asks the provider is that run's call.

    From the first token on it waits no longer; what the reader of a stream asks meanwhile are calls of their own.
    """
    last = _last.get()
    run = last[0].get(last[1]) if last is not None else None
    return run is not None and run.first_token is None


covers(_awaits_answer)


class SlmCallbackHandler(BaseCallbackHandler):
    """Records every LLM call: ``agent.invoke(inputs, config={"callbacks": [SlmCallbackHandler(recorder)]})``.

    One handler may serve all threads, event loops and agents of a process. It works alike in sync and async code: there
    it runs inline, which takes some microseconds and no executor. It changes nothing and never raises. Streams are
    recorded when they end, also early or by an error, with what had come of them.

    From a run's config it takes ``metadata``: ``user_id`` (or ``session_id``, ``thread_id``, ...) becomes the call's
    origin, which the store pseudonymises; ``audience: "human"`` (or the tag ``audience:human``) marks a call that talks
    to a person; other short values and the ``tags`` become labels.

    Args:
        recorder: Where calls go.
        app: The application's name. Default: the recorder's.
    """

    run_inline = True
    raise_error = False
    if not TYPE_CHECKING:  # before every event LangChain asks one of these; its own are properties, which take longer
        ignore_llm = ignore_chat_model = ignore_chain = ignore_agent = ignore_retriever = False
        ignore_retry = ignore_custom_event = True

    def __init__(self, recorder: Recorder, *, app: str | None = None) -> None:
        needs_recorder(recorder)
        self.recorder = recorder
        self.app = app
        self.errors = 0  # events that could not be handled: a bug here, or objects no LangChain makes
        self._roots: dict[Key, Key] = {}
        self._runs: dict[Key, Run] = {}
        self._retired = False

    def __deepcopy__(self, memo: dict[int, Any]) -> "SlmCallbackHandler":
        """A copied model or config records to the same recorder."""
        return self

    def trace_of(self, run_id: UUID) -> str | None:
        """The trace that a running chain, graph node or tool is part of: its root run's id; None when unknown."""
        try:
            root = self._roots.get(key_of(run_id))
            return None if root is None else id_text(root)
        except Exception as e:
            self._failed(e)
            return None

    def retire(self) -> None:
        """Record no further runs; those that are open are still recorded when they end."""
        self._retired = True
        self._roots.clear()

    def on_chat_model_start(
        self,
        serialized: Any,
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        invocation_params: Any = None,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        """A chat model is asked."""
        try:
            prompt = [freeze(message) for message in messages[0]]
            self._begin("chat", prompt, run_id, parent_run_id, tags, metadata, invocation_params, name)
        except Exception as e:
            self._failed(e)

    def on_llm_start(
        self,
        serialized: Any,
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        invocation_params: Any = None,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        """A completion model is asked; its prompt is recorded as one user message."""
        try:
            prompt = prompts[:1]
            self._begin("text_completion", prompt, run_id, parent_run_id, tags, metadata, invocation_params, name)
        except Exception as e:
            self._failed(e)

    def on_llm_new_token(self, token: Any, *, run_id: UUID, chunk: Any = None, **kwargs: Any) -> None:
        """A stream goes on; what has come is kept by reference, should it break off."""
        try:
            run = self._runs.get(key_of(run_id))
            if run is None:
                return
            if run.first_token is None:
                run.first_token = time.perf_counter()
                run.came = []
            run.came.append(chunk if chunk is not None else token)
        except Exception as e:
            self._failed(e)

    def on_stream_event(self, event: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """The same for LangChain's event protocol (``stream_events(version="v3")``)."""
        try:
            run = self._runs.get(key_of(run_id))
            if run is not None and run.first_token is None and is_delta(event):
                run.first_token = time.perf_counter()
        except Exception as e:
            self._failed(e)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """A model has answered."""
        try:
            run = self._runs.pop(key_of(run_id), None)
            if run is None:
                return
            run.end(time.perf_counter())
            try:
                run.take_answer(response)
            finally:  # half a record is better than none
                self.recorder.submit(run.to_call)
        except Exception as e:
            self._failed(e)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """A call has failed, was cancelled, or its stream was left early."""
        try:
            run = self._runs.pop(key_of(run_id), None)
            if run is None:
                return
            run.end(time.perf_counter())
            run.error = failure_of(error)
            try:
                run.take_partial_answer(kwargs.get("response"))
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
        self._leave(run_id)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self._leave(run_id)

    def on_tool_start(
        self, serialized: Any, input_str: str, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Tools ask models too: remember which trace the run is part of."""
        self._enter(run_id, parent_run_id)

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self._leave(run_id)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self._leave(run_id)

    def on_retriever_start(
        self, serialized: Any, query: str, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        """Retrievers ask models too: remember which trace the run is part of."""
        self._enter(run_id, parent_run_id)

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self._leave(run_id)

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self._leave(run_id)

    def _enter(self, run_id: UUID, parent_run_id: UUID | None) -> None:
        try:
            if self._retired:
                return
            roots, key = self._roots, key_of(run_id)
            if len(roots) >= _MAX_RUNS:
                for oldest in list(islice(roots, _MAX_RUNS // 10)):
                    roots.pop(oldest, None)
            parent = key_of(parent_run_id) if parent_run_id is not None else self._enclosing()
            roots[key] = roots.get(parent, parent) if parent is not None else key
        except Exception as e:
            self._failed(e)

    def _leave(self, run_id: UUID) -> None:
        try:
            self._roots.pop(key_of(run_id), None)
        except Exception as e:
            self._failed(e)

    def _begin(
        self,
        operation: str,
        prompt: list[Any],
        run_id: UUID,
        parent_run_id: UUID | None,
        tags: Any,
        metadata: Any,
        params: Any,
        name: Any,
    ) -> None:
        if self._retired or (metadata and SERVED_BY in metadata):
            return
        runs, key = self._runs, key_of(run_id)
        if key in runs or len(runs) >= _MAX_RUNS:
            self._make_room(key)
        parent = key_of(parent_run_id) if parent_run_id is not None else self._enclosing()
        trace = self._roots.get(parent, parent) if parent is not None else key
        run = runs[key] = Run(
            key, trace, parent, operation, prompt, params, name, tags, metadata, self.app, annotations(), self._lost,
            time.time(), time.perf_counter(),
        )  # fmt: skip
        _last.set((runs, key))
        run.watch(run_id)

    def _enclosing(self) -> Key | None:
        """The run that this one is part of, where LangChain does not say: ``with_fallbacks`` starts each as a root."""
        config = var_child_runnable_config.get()
        parent = key_of(getattr(config.get("callbacks"), "parent_run_id", None)) if config else None
        return parent if parent in self._roots else None

    def _lost(self, run: Run, cancelled: bool = False) -> None:
        """A run can have no other end."""
        try:
            if self._runs.get(run.id) is not run:
                return
            del self._runs[run.id]
            run.end(time.perf_counter())
            unknown = Failure("Unfinished", "its end was never reported, or it was given up for later ones")
            run.error = Failure("CancelledError") if cancelled else unknown
            self.recorder.submit(run.to_call)
        except Exception as e:
            self._failed(e)

    def _make_room(self, key: Key) -> None:
        runs = self._runs
        oldest = list(islice(runs.values(), _MAX_RUNS // 10)) if len(runs) >= _MAX_RUNS else []
        for run in [runs[key]] if key in runs else oldest:
            self._lost(run)

    def _failed(self, error: Exception) -> None:
        self.errors += 1
        if self.errors == 1:
            logger.warning(
                "slm_instrument: a LangChain event could not be recorded (further ones are only counted)",
                exc_info=error,
            )
