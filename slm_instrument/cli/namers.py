"""The language model that names tasks, by what the user wrote of it."""

import os
import re
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from slm_instrument.errors import ConfigError

if TYPE_CHECKING:
    from slm_instrument.analyze.cards.naming import Namer

REASON_CHARS = 200  # of what LangChain says: it may list all providers there are

_OBJECT = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def namer_named(model: str) -> "Namer":
    """What asks the model.

    Args:
        model: ``MODULE:OBJECT``, a chat model or a function from text to text, the module also from the current folder;
            else, or where there is no such module, what LangChain's ``init_chat_model`` takes, as
            ``openai:gpt-4o-mini``.

    Raises:
        ConfigError: it is neither.
    """
    from slm_instrument.analyze.cards.naming import namer_from

    module, _, name = model.partition(":")
    own = _OBJECT.fullmatch(model) and _found(module)
    # `openai:...` is the provider's name, though its SDK is a module, too.
    if own and (named := _attribute(module, name)) is not None:
        return namer_from(named)
    try:
        chat_models: Any = import_module("langchain.chat_models")
    except ImportError:
        raise ConfigError(f"{_not_ours(model, bool(own))}; for a model by its name install langchain") from None
    try:
        return namer_from(chat_models.init_chat_model(model))
    except Exception as error:  # a provider's own, an SDK's, a missing key's
        raise ConfigError(f"{_not_ours(model, bool(own))}; LangChain says: {str(error)[:REASON_CHARS]}") from error


def _found(module: str) -> bool:
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _attribute(module: str, name: str) -> Any:
    try:
        found: Any = import_module(module)
    except Exception as error:  # whatever the user's own code raises
        raise ConfigError(f"--name-with: importing {module} failed with {type(error).__name__}: {error}") from error
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _not_ours(model: str, own: bool) -> str:
    return f"--name-with {model}: {'the module has no such object' if own else 'there is no such module'}"
