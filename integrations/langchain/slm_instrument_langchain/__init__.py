"""slm_instrument for LangChain: a callback that records, a chat model and a middleware that substitute.

>>> from slm_instrument import Recorder
>>> from slm_instrument_langchain import SlmCallbackHandler
>>> handler = SlmCallbackHandler(Recorder("memory://"))
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from slm_instrument_langchain.callback import SlmCallbackHandler

if TYPE_CHECKING:
    from slm_instrument_langchain.chat_model import SlmChatModel
    from slm_instrument_langchain.middleware import SlmMiddleware

__all__ = ["SlmCallbackHandler", "SlmChatModel", "SlmMiddleware"]


def __getattr__(name: str) -> Any:
    # Whoever only records needs no runtime for students, and langchain-core alone of LangChain.
    if name == "SlmChatModel":
        from slm_instrument_langchain.chat_model import SlmChatModel

        return SlmChatModel
    if name == "SlmMiddleware":
        if find_spec("langchain") is None:
            raise ImportError('SlmMiddleware needs langchain: pip install "slm-instrument-langchain[middleware]"')
        from slm_instrument_langchain.middleware import SlmMiddleware

        return SlmMiddleware
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
