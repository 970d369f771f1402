"""The chat models within a chain, exchanged."""

from collections.abc import Callable
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.runnables import Runnable, RunnableBinding, RunnableParallel, RunnableSequence


def exchange(chain: Runnable[Any, Any], by: Callable[[BaseChatModel], BaseChatModel]) -> Runnable[Any, Any]:
    """A chain like the one given, with every chat model in it exchanged.

    What a provider's ``bind_tools`` and ``with_structured_output`` return is a binding of the model, alone or as the
    first step of a chain that parses. Other kinds of runnables are left as they are, and the models in them.

    Args:
        chain: What is looked through; it is not changed.
        by: Gives the model to be put in a model's place.
    """
    if isinstance(chain, BaseChatModel):
        return by(chain)
    if isinstance(chain, RunnableBinding):
        return chain.model_copy(update={"bound": exchange(chain.bound, by)})
    if isinstance(chain, RunnableSequence):
        first, *middle, last = (exchange(step, by) for step in chain.steps)
        return chain.model_copy(update={"first": first, "middle": middle, "last": last})
    if isinstance(chain, RunnableParallel):
        return chain.model_copy(update={"steps__": {key: exchange(step, by) for key, step in chain.steps__.items()}})
    return chain
