"""Recording every LangChain run of a process, without a word in the code that makes them."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, cast

from langchain_core.tracers import context
from langchain_core.tracers.context import register_configure_hook

from slm_instrument.capture import Recorder
from slm_instrument_langchain.callback import SlmCallbackHandler

_NO_HANDLER: ContextVar[Any] = ContextVar("slm_instrument_langchain_no_handler", default=None)


def instrument(recorder: Recorder) -> Callable[[], None]:
    """Give every run that begins from now on a handler, in all threads and event loops.

    Runs that have an :class:`SlmCallbackHandler` of their own, or inherit one, keep that one alone.

    >>> undo = instrument(Recorder("memory://"))
    >>> undo()

    Args:
        recorder: Where calls go.

    Returns:
        What ends it, at once; runs that are open then are still recorded. Calling it twice does nothing.
    """
    everywhere = _Everywhere(SlmCallbackHandler(recorder))
    register_configure_hook(cast("ContextVar[Any]", everywhere), inheritable=True, handle_class=SlmCallbackHandler)

    def undo() -> None:
        everywhere.handler.retire()
        _unregister(everywhere)

    return undo


class _Everywhere:
    """Looks like a context variable, but has its value in every context: also in threads that were there before.

    It never becomes None: LangChain asks twice in a row, and would make a handler of its own in between.
    """

    def __init__(self, handler: SlmCallbackHandler) -> None:
        self.handler = handler

    def get(self) -> SlmCallbackHandler:
        return self.handler


def _unregister(everywhere: _Everywhere) -> None:
    """Take the hook back, for which LangChain has nothing public: where it cannot be found, the handler does nothing.

    An empty hook takes its place, so that a run which another thread is just beginning skips none of the others.
    """
    hooks: list[Any] = getattr(context, "_configure_hooks", [])
    for at, hook in enumerate(hooks):
        if hook[0] is everywhere:
            hooks[at] = (_NO_HANDLER, False, None, None)
