"""Texts as tokens: how static text is recognised, and how patterns are cut.

A token is a word, a number or a sign with the white space before it, so that joined tokens are the text again. Scripts
without spaces between words (Chinese, Japanese, Korean) give a token a character.
"""

import re
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

CUT = "\x00"  # stands where the middle of a long text was left out; never part of static text
MAX_CHARS = 16_000  # a text's beginning and end, where instructions stand; matching a live prompt has no such limit
SHINGLE = 4  # tokens; four in a row seldom recur by chance, and shorter instructions are caught as the last line
BORDER_WORDS = 12  # in a first or last line that counts as how a text begins or ends; a longer one has runs enough
BORDER_CHARS = 200  # the same, for words without end

_IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"\s*(?:[{_IDEOGRAPH}]|[^\W\d_{_IDEOGRAPH}]+|\d+|[^\w\s]|_)|\s+")
# Odd 64-bit constants of splitmix64 (Steele et al. 2014), one a position: a multilinear hash of token hashes.
_MULTIPLIERS = np.array(
    [0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93], dtype=np.uint64
)
_BEGINNING_SALT, _ENDING_SALT, _BORDER_MULTIPLIER = 0x8EBC6AF09C88C6E3, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB


def capped(text: str) -> str:
    """The text, or its beginning and end when it is longer than ``MAX_CHARS``."""
    if len(text) <= MAX_CHARS:
        return text
    half = MAX_CHARS // 2
    return f"{text[:half]}{CUT}{text[-half:]}"


def tokens(text: str) -> list[str]:
    """The text cut into tokens; joined they are the text."""
    return _TOKEN.findall(text)


def normal(token: str) -> str:
    """What a token is compared by: all numbers are one, the white space before it is kept."""
    if not token[-1].isdecimal():
        return token
    return token[: len(token) - len(token.lstrip())] + "0"


class Shingler:
    """Hashes of runs of ``SHINGLE`` words, without regard to case, spacing and numbers; words are hashed once."""

    def __init__(self) -> None:
        self._words = _WordHashes()

    def __call__(self, text: str) -> tuple[Hashes, Hashes]:
        """The sorted distinct hashes of the text's runs and of its borders, and those of its borders alone.

        A first or last line of a few words is a border ("Translate into Swedish:", "Thought 3:").
        """
        hashes = self._hashes(text)
        borders = self._borders(text)
        count = max(0, len(hashes) - SHINGLE + 1)
        runs = np.zeros(count, dtype=np.uint64)
        for at, multiplier in enumerate(_MULTIPLIERS):
            runs += hashes[at : at + count] * multiplier
        return np.unique(np.append(runs, borders)), borders

    def _borders(self, text: str) -> Hashes:
        found: list[int] = []
        for salt, line in ((_BEGINNING_SALT, first_line(text)), (_ENDING_SALT, last_line(text))):
            words: list[int] = self._hashes(line).tolist() if len(line) <= BORDER_CHARS else []
            if 0 < len(words) <= BORDER_WORDS:
                value = salt
                for word in words:
                    value = (value * _BORDER_MULTIPLIER + word) % 2**64
                found.append(value)
        return np.array(found, dtype=np.uint64)

    def _hashes(self, text: str) -> Hashes:
        words = _TOKEN.findall(text.casefold())
        hashes = np.fromiter(map(self._words.__getitem__, words), dtype=np.uint64, count=len(words))
        return hashes[hashes != 0]


class _WordHashes(dict[str, int]):
    """Hashes by token, white space not counting; 0 for a token of white space."""

    def __missing__(self, token: str) -> int:
        word = token.strip()
        code = crc32(("0" if word[:1].isdecimal() else word).encode("utf-8", "surrogatepass")) + 1 if word else 0
        self[token] = value = (code ^ (code >> 15)) * int(_MULTIPLIERS[1]) % 2**64
        return value


def first_line(text: str) -> str:
    """The first line that is not empty."""
    return text.lstrip().partition("\n")[0].strip()


def last_line(text: str) -> str:
    """The last line that is not empty."""
    return text.rstrip().rpartition("\n")[2].strip()
