"""Where in an application a model is about to be called: under which run, in which trace, heard by which handler."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackManager
from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config

from slm_instrument.capture import annotations
from slm_instrument.records import OWN_TRACE, Call, new_id
from slm_instrument_langchain.callback import SlmCallbackHandler
from slm_instrument_langchain.request import to_request
from slm_instrument_langchain.runs import id_text, key_of


@dataclass(frozen=True, slots=True)
class Scope:
    """What surrounds a call: the handler that records it, the run that it is part of, what is inherited from there."""

    handler: SlmCallbackHandler | None
    parent_id: UUID | None
    metadata: Mapping[str, Any]
    tags: Sequence[Any]

    @classmethod
    def of(cls, config: RunnableConfig) -> "Scope":
        """The scope of a call that is made under a config."""
        callbacks: Any = config.get("callbacks")
        metadata, tags = config.get("metadata") or {}, config.get("tags") or []
        if not isinstance(callbacks, BaseCallbackManager):
            return cls(_first_handler(callbacks or ()), _enclosing_run(), metadata, tags)
        return cls(
            _first_handler(callbacks.handlers),
            callbacks.parent_run_id or _enclosing_run(),
            {**callbacks.metadata, **metadata},
            [*callbacks.tags, *tags],
        )

    @property
    def trace_id(self) -> str | None:
        """The trace that the handler records the call under; None where nobody records, or it begins a trace."""
        if self.handler is None or self.parent_id is None:
            return None
        return self.handler.trace_of(self.parent_id) or str(self.parent_id)


def to_call(
    prompt: Sequence[BaseMessage],
    config: RunnableConfig,
    *,
    params: Mapping[str, Any],
    metadata: Mapping[str, Any],
    tags: Sequence[Any],
) -> Call:
    """A call as :class:`SlmCallbackHandler` would record it, its answer not yet there.

    Args:
        prompt: The messages.
        config: What the model is called under.
        params: The model's ``invocation_params``.
        metadata: What the model says of itself.
        tags: The model's own tags.
    """
    scope, run_id = Scope.of(config), config.get("run_id")
    call = to_request(
        prompt,
        params=params,
        metadata={**scope.metadata, **metadata},
        tags=[*scope.tags, *tags],
        name=config.get("run_name"),
        id=id_text(key_of(run_id)) if run_id is not None else new_id(),
        trace_id=scope.trace_id or _dialogue_id(prompt, config),
        parent_id=str(scope.parent_id) if scope.parent_id is not None else None,
        app=scope.handler.app if scope.handler is not None else None,
        started_at=datetime.now(UTC),
    )
    return annotations().on(call)


def _first_handler(handlers: Iterable[Any]) -> SlmCallbackHandler | None:
    return next((handler for handler in handlers if isinstance(handler, SlmCallbackHandler)), None)


def _enclosing_run() -> UUID | None:
    """The run that a call is made in, where its own config does not say: ``with_fallbacks`` starts each as a root."""
    config = var_child_runnable_config.get()
    return getattr(config.get("callbacks"), "parent_run_id", None) if config else None


def _dialogue_id(prompt: Sequence[BaseMessage], config: RunnableConfig) -> str | None:
    """What stays the same within a dialogue that nobody records, so that a canary's share stays sticky."""
    thread: Any = config.get("configurable", {}).get("thread_id")
    if thread and isinstance(thread, str):
        return f"{OWN_TRACE}{thread}"
    return next((message.id for message in prompt if message.id), None)
