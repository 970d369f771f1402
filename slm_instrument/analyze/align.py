"""Texts of one kind aligned into the pattern they share.

The runs of tokens that nearly all texts hold are taken for static, brought into one order, and what stands between them
becomes a slot. Numbers are compared as one, so that ``Step 3:`` aligns with ``Step 12:``; a number that is not the same
in all texts is a slot for a number. In the end a slot gives back to its neighbours what all its values begin or end
with.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from slm_instrument.analyze.tokens import CUT, normal, tokens
from slm_instrument.template import NUMBER, SLOT, Pattern, Piece

RUN = 3  # tokens in a row that must recur for a token to be static
STATIC_SHARE = 0.9  # of the texts that must hold a run
REGULAR_SHARE = 0.6  # of the usual number of static tokens that a text must hold to have a say
MIN_WORDS = 2  # of static text inside a prompt; a single word recurs by chance, except where it begins a line
MIN_TEXTS = 4  # distinct texts that must agree before a slot's borders become static


@dataclass(frozen=True, slots=True)
class _Token:
    """A token of the alignment: what it is compared by, and its text, or None where texts differ in it."""

    normal: str
    text: str | None


_Run = list[_Token]


def align(texts: Sequence[str]) -> Pattern:
    """The pattern that the texts share; it need not match every one of them.

    ``(SLOT,)`` when they share nothing to speak of.
    """
    # A text that many prompts share, as they share a system prompt, speaks for them all: else one foreign text beside
    # it would be half of all there is.
    weights = Counter(texts)
    regular = _static_runs(weights)
    if len(regular) == 1:
        return _literal(next(iter(regular)))
    distinct = list(weights)
    static = [_fixed(run) for run in _fold(list(regular.values()))]
    # The end of a prompt is where it says what comes next, be it a single colon.
    end = static.pop() if static and _ends(weights, static[-1]) else []
    pieces: list[Piece] = [SLOT]
    for run in static:
        if _telling(run):
            pieces += [*run, SLOT]
    return _tightened(Pattern.of([*pieces, *end]), distinct)


def _ends(weights: Mapping[str, int], end: Sequence[Piece]) -> bool:
    pattern = Pattern.of([SLOT, *end])
    hit = sum(weight for text, weight in weights.items() if pattern.match(text) is not None)
    return hit >= STATIC_SHARE * sum(weights.values())


def _literal(text: str) -> Pattern:
    """The pattern of that one text; of a text whose middle is unknown, of its beginning and end."""
    pieces: list[Piece] = []
    for at, part in enumerate(text.split(CUT)):
        pieces += [SLOT, part] if at else [part]
    return Pattern.of(pieces) if text else Pattern(())


def _static_runs(weights: Mapping[str, int]) -> dict[str, list[_Run]]:
    """Each text's runs of tokens that nearly all the texts hold; texts that hold far less than usual are left out.

    Args:
        weights: how often each text occurs.
    """
    if len(weights) == 1:
        return {text: [] for text in weights}
    cut = [tokens(text) for text in weights]
    normals = _Normals()
    keys = [list(map(normals.__getitem__, text)) for text in cut]
    held: Counter[tuple[str, ...]] = Counter()
    for text, weight in zip(keys, weights.values(), strict=True):
        held.update(dict.fromkeys(_triples(text), weight))
    needed = STATIC_SHARE * sum(weights.values())
    frequent = {run for run, count in held.items() if count >= needed and not any(CUT in key for key in run)}
    runs = [_runs_of(text, own, frequent) for text, own in zip(cut, keys, strict=True)]
    lengths = [sum(map(len, text)) for text in runs]
    usual = float(np.median(np.repeat(lengths, list(weights.values()))))
    found = zip(weights, runs, lengths, strict=True)
    return {text: own for text, own, length in found if length >= REGULAR_SHARE * usual}


class _Normals(dict[str, str]):
    """Tokens by what they are compared by."""

    def __missing__(self, token: str) -> str:
        self[token] = normal(token)
        return self[token]


def _triples(keys: list[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(keys[at:] for at in range(RUN)), strict=False)


def _runs_of(text: list[str], keys: list[str], frequent: set[tuple[str, ...]]) -> list[_Run]:
    runs: list[_Run] = []
    end = 0  # of the last run
    for at, triple in enumerate(_triples(keys)):
        if triple not in frequent:
            continue
        if at > end or not runs:
            runs.append([])
            end = at
        runs[-1] += [_Token(keys[each], text[each]) for each in range(end, at + RUN)]
        end = at + RUN
    return runs


def _fold(texts: list[list[_Run]]) -> list[_Run]:
    """What all the texts have in common, in one order."""
    # Texts of one template mostly have the very same static runs, so that few are left to be aligned.
    distinct = {tuple(tuple(run) for run in text): text for text in texts}
    ordered = sorted(distinct.values(), key=lambda text: sum(map(len, text)))
    common = ordered[0]
    for text in ordered[1:]:
        common = _common(common, text)
    return common


def _common(one: list[_Run], other: list[_Run]) -> list[_Run]:
    left, right = _flat(one), _flat(other)
    # How a text ends, then how it begins, is never moved: the last "Action 3:" must not be taken for an earlier one.
    tail = _same(one[-1][::-1], other[-1][::-1]) + 1 if one and other else 0  # the border after the last run is one
    head = _same(left[:-tail], right[:-tail]) if tail else 0
    middle = _blocks(left[head : len(left) - tail], right[head : len(right) - tail])
    spans = [(0, 0, head), *((head + a, head + b, size) for a, b, size in middle)]
    spans.append((len(left) - tail, len(right) - tail, tail))
    runs: list[_Run] = [[]]
    for a, b, size in spans:
        for one_token, other_token in zip(left[a : a + size], right[b : b + size], strict=True):
            if one_token is None or other_token is None:
                runs.append([])
            else:
                runs[-1].append(_agreed(one_token, other_token))
        runs.append([])
    return [run for run in runs if run]


def _blocks(left: list[_Token | None], right: list[_Token | None]) -> list[tuple[int, int, int]]:
    # A border between runs equals nothing, so that no common block reaches over it.
    keys = [[object() if token is None else token.normal for token in side] for side in (left, right)]
    blocks = SequenceMatcher(None, *keys, autojunk=False).get_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks]


def _same(left: Sequence[_Token | None], right: Sequence[_Token | None]) -> int:
    """How many tokens both lists begin with."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if (one and one.normal) != (other and other.normal):
            break
        count += 1
    return count


def _flat(runs: list[_Run]) -> list[_Token | None]:
    """The runs in one list, None after each."""
    flat: list[_Token | None] = []
    for run in runs:
        flat += [*run, None]
    return flat


def _agreed(one: _Token, other: _Token) -> _Token:
    return one if one.text == other.text else _Token(one.normal, None)


def _fixed(run: _Run) -> list[Piece]:
    """What a run fixes: texts, and numbers where its tokens are not the same in all texts."""
    pieces: list[Piece] = []
    for token in run:
        # The white space before a number is part of its normal form.
        pieces += [token.normal[:-1], NUMBER] if token.text is None else [token.text]
    return list(Pattern.of(pieces).pieces)


def _telling(run: Sequence[Piece]) -> bool:
    text = "".join(piece for piece in run if isinstance(piece, str))
    words = [token.strip() for token in tokens(text)]
    count = sum((len(word) > 1 and word.isalpha()) or (len(word) == 1 and word > "\u3000") for word in words)
    return count >= MIN_WORDS or (count == 1 and text.startswith("\n"))


def _tightened(pattern: Pattern, texts: Sequence[str]) -> Pattern:
    """The pattern with the borders that all values of a slot share."""
    matched = [slots for slots in map(pattern.match, texts) if slots is not None]
    if len(matched) < MIN_TEXTS:
        return pattern
    slots = iter(zip(*matched, strict=True))
    pieces: list[Piece] = []
    for piece in pattern.pieces:
        values = next(slots) if not isinstance(piece, str) else ()
        pieces += _around(values) if piece is SLOT else [piece]
    # A longer piece may be found elsewhere than the shorter one was: what matched must still match.
    kept = Pattern.of(pieces)
    return kept if sum(kept.match(text) is not None for text in texts) >= len(matched) else pattern


def _around(values: Sequence[str]) -> list[Piece]:
    """A slot with the static text that its values show it to have at its borders."""
    if len(set(values)) == 1:
        return [values[0]]
    cut = [tokens(value) for value in values]
    head = _shared(cut)
    rest = [value[head:] for value in cut]
    tail = _shared([value[::-1] for value in rest])
    before, after = "".join(cut[0][:head]), "".join(rest[0][len(rest[0]) - tail :])
    if CUT in before or CUT in after:
        return [SLOT]
    return [before, SLOT, after]


def _shared(values: list[list[str]]) -> int:
    """How many tokens all the values begin with."""
    count = 0
    for column in zip(*values, strict=False):
        if len(set(column)) > 1:
            break
        count += 1
    return count
