"""Ways to lay a prompt out that several applications share: XML tags, Markdown headings, pairs of turns."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import TypeVar

from benchmarks.agents.runs import assistant, user
from slm_instrument.records import Message

T = TypeVar("T")


def tagged(tag: str, text: str, /, **attributes: object) -> str:
    """The text as an XML element on lines of its own."""
    told = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{tag}{told}>\n{text}\n</{tag}>"


def section(heading: str, text: str, level: int = 2) -> str:
    """The text under a Markdown heading."""
    return f"{'#' * level} {heading}\n\n{text}"


def fenced(text: str, language: str = "") -> str:
    """The text as a Markdown block of code."""
    return f"```{language}\n{text}\n```"


def turns(pairs: Iterable[tuple[str, str]]) -> list[Message]:
    """Examples as alternating turns of a user and an assistant."""
    return [message for asked, answered in pairs for message in (user(asked), assistant(answered))]


def shuffled(dice: Random, items: Sequence[T]) -> list[T]:
    return dice.sample(items, len(items))
