"""Looks for bytes in files: what an erasure shows its work by. Run as a program of its own, needing nothing else.

A process that has an SQLite database open must not open and close its file by itself: that drops the locks it holds on
it (POSIX). So :mod:`slm_instrument.privacy.erase_scrub` has this run beside it. What is looked for comes in on stdin.

Thousands of needles cost no more than one: every needle of 15 bytes or more, wherever it lies, covers 8 bytes that
begin at a multiple of 8. So the needles' eight windows of 8 bytes each are put in a set, and each file is read as a
sequence of 64-bit numbers.
"""

import json
import sys
from base64 import b64decode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

LEAST = 16  # bytes of a needle

_WORD = 8
_CHUNK = 1 << 22


class Searcher:
    """Looks for needles of at least 16 bytes; memory does not grow with the files."""

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._needles = [needle for needle in needles if len(needle) >= LEAST]
        self._windows: dict[int, list[tuple[int, int]]] = {}  # 8 bytes -> (which needle, where in it)
        for which, needle in enumerate(self._needles):
            for at in range(_WORD):
                window = int.from_bytes(needle[at : at + _WORD], sys.byteorder)
                self._windows.setdefault(window, []).append((which, at))
        self._wanted = set(self._windows)
        longest = max(map(len, self._needles), default=0)
        self._overlap = (longest + 2 * _WORD) // _WORD * _WORD

    def count(self, stream: BinaryIO) -> tuple[int, int]:
        """How many bytes a file has, and how many of the needles are in it."""
        size, found = 0, set[int]()
        for chunk, new in self._chunks(stream):
            size += new
            words = memoryview(chunk)[: len(chunk) // _WORD * _WORD].cast("Q")
            if not self._wanted.isdisjoint(words):
                found |= self._found(chunk, words)
        return size, len(found)

    def _found(self, chunk: bytes, words: "memoryview[int]") -> set[int]:
        found: set[int] = set()
        for number, word in enumerate(words):
            if word in self._wanted:
                for which, at in self._windows[word]:
                    start = number * _WORD - at
                    if start >= 0 and chunk.startswith(self._needles[which], start):
                        found.add(which)
        return found

    def _chunks(self, stream: BinaryIO) -> Iterator[tuple[bytes, int]]:
        """The file in pieces that begin at multiples of 8 and overlap, and how many bytes of each are new."""
        before = b""
        while new := stream.read(_CHUNK):
            chunk = before + new
            yield chunk, len(new)
            # Back to a multiple of 8: all pieces but the last are whole.
            before = chunk[-(self._overlap + len(chunk) % _WORD) :]


def search(files: Iterable[Path], needles: Iterable[bytes]) -> dict[str, tuple[int, int]]:
    """For each file that is there: its bytes, and how many of the needles are in it."""
    searcher = Searcher(needles)
    results: dict[str, tuple[int, int]] = {}
    for file in files:
        try:
            with file.open("rb") as stream:
                results[str(file)] = searcher.count(stream)
        except FileNotFoundError:
            continue
    return results


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    answer = search(map(Path, asked["files"]), map(b64decode, asked["needles"]))
    json.dump(answer, sys.stdout)
