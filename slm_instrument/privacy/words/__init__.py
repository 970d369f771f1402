"""Lists of words, one a line, in the files beside this one."""

from functools import cache
from pathlib import Path


@cache
def word_list(name: str) -> tuple[str, ...]:
    """The lines of a list, in its order."""
    return tuple(Path(__file__).with_name(f"{name}.txt").read_text("utf-8").split("\n")[:-1])
