"""How calls were split, kept so that other calls can be sorted in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from slm_instrument.analyze.common_text import NO_TEXT, CommonText, HashesOf
from slm_instrument.analyze.corpus import Corpus, Ints
from slm_instrument.analyze.tokens import Hashes, Shingler, tokens

NO_GROUP = -1
HEAD_WORDS = 16
MIN_SENTENCE = 10  # words of a head that names may be in; a shorter one is all name
SAME_SENTENCE = 0.6  # of two heads' words

_SENTENCE_END = re.compile("(?<=[.:!?])\\s|(?<=[\u3002\uff01\uff1f])|\n")  # the latter: full stops of Chinese

# As OpenAI's chat completions and responses have it; the format is canonical JSON.
_SCHEMA_NAME = re.compile(r'"name":"([^"]+)"')

Head = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """Calls of one group, or of none. ``common``: what a call must hold enough of to be of the group."""

    group: int
    common: CommonText = NO_TEXT


@dataclass(frozen=True, slots=True)
class Split:
    """Calls told apart by a static text in a place: those that hold the first key, the second, and the rest."""

    place: str
    keys: Sequence[Hashes]
    children: "Sequence[Tree]"
    rest: "Tree"


@dataclass(frozen=True, slots=True)
class ByHead:
    """Calls told apart by the first sentence of their system prompt."""

    children: "Mapping[Head, Tree]"
    rest: "Tree"


@dataclass(frozen=True, slots=True)
class ByFormat:
    """Calls told apart by the name of the schema that their answers must follow."""

    children: "Mapping[str, Tree]"
    rest: "Tree"


Tree = Leaf | Split | ByHead | ByFormat


def sort_in(tree: Tree, corpus: Corpus, rows: Ints, shingler: Shingler | None = None) -> Ints:
    """The group of each row."""
    if not len(rows):
        return np.full(0, NO_GROUP, dtype=np.int64)
    shingler = shingler or Shingler()
    if isinstance(tree, Leaf):
        return np.where(tree.common.kin(corpus, rows, _by(shingler, corpus)), tree.group, NO_GROUP)
    if isinstance(tree, ByHead | ByFormat):
        children = list(tree.children.values())
        place = {each: at for at, each in enumerate(tree.children)}
        keys = heads(corpus, rows) if isinstance(tree, ByHead) else formats(corpus, rows)
        child = np.array([place.get(key, -1) for key in keys], dtype=np.int64)
    else:
        children = list(tree.children)
        texts, own = np.unique(corpus.column(tree.place)[rows], return_inverse=True)
        numbers: list[int] = texts.tolist()
        held = [_first_held(tree.keys, shingler(corpus.texts[number])[0]) for number in numbers]
        child = np.array(held, dtype=np.int64)[own]
    group = np.full(len(rows), NO_GROUP, dtype=np.int64)
    for number, subtree in [*enumerate(children), (-1, tree.rest)]:
        at = child == number
        group[at] = sort_in(subtree, corpus, rows[at], shingler)
    return group


def _by(shingler: Shingler, corpus: Corpus) -> HashesOf:
    return lambda _, text: shingler(corpus.texts[text])[0]


def heads(corpus: Corpus, rows: Ints) -> list[Head]:
    """The head of each row's system prompt."""
    return [head(system) for system in corpus.texts_of("system", rows)]


def formats(corpus: Corpus, rows: Ints) -> list[str]:
    """The name of the schema that each row's answer must follow, empty without one."""
    names = [_schema_name(response_format) for _, response_format in corpus.signatures]
    numbers: list[int] = corpus.signature[rows].tolist()
    return [names[number] for number in numbers]


def _schema_name(response_format: str) -> str:
    match = _SCHEMA_NAME.search(response_format)
    return match[1] if match else ""


def head(system: str) -> Head:
    """The first sentence of a system prompt, without regard to case, spacing and numbers."""
    sentence = _SENTENCE_END.split(system.strip()[:1_000], maxsplit=1)[0]
    words = (word.strip().casefold() for word in tokens(sentence))
    return tuple("0" if word[0].isdecimal() else word for word in words if word)[:HEAD_WORDS]


def one_sentence(one: Head, other: Head) -> bool:
    """Whether two heads are the same but for some words, as names are."""
    if min(len(one), len(other)) < MIN_SENTENCE:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= SAME_SENTENCE


def _first_held(keys: Sequence[Hashes], hashes: Hashes) -> int:
    for number, key in enumerate(keys):
        if np.isin(key, hashes).all():
            return number
    return -1
