"""From (prompt, answer) pairs to a grammar and to the actions that build each answer.

What an answer's text comes from is decided once for all training answers, so that equal cases are told equally:
a value that recurs though the prompt does not hold it is a literal; else it is copied, as it stands or changed; else
it is composed of copied spans and of recurring texts between them ("glue"); else the answer is refused at that place.
"""

import re
import string
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from slm_instrument.canonical import canonical_json
from slm_instrument.runtime.pointer.grammar import (
    END,
    REFUSE,
    ROOT,
    Action,
    Answer,
    Grammar,
    Spans,
    Symbol,
    ToolUse,
    Wording,
    element,
    member,
    piece,
)
from slm_instrument.runtime.pointer.spans import CHANGES, Prompt, sources

LEAST_USES = 3  # training answers without which a literal, a change, a glue or a set of keys is not learned
_COPIED_SHARE = 0.8  # a value that recurs, and stands in the prompt less often than this, is a literal
_LEAST_GLUE = 5
_LEAST_COPIES = 50  # without which nothing is said of what spans have in common
_SEPARATORS = string.punctuation + string.whitespace
_MOST_PIECES = 12
_MOST_WORDS = 80  # of a composed text; longer ones take quadratic time and are prose

Pair = tuple[Prompt, Answer]


@dataclass(frozen=True, slots=True)
class Policy:
    """How the values at every path are told; see the module."""

    key_order: Mapping[tuple[str, frozenset[str]], tuple[str, ...]]
    literals: Mapping[str, frozenset[str]]  # by path, canonical JSON: told as such also where they could be copied
    spare: Mapping[str, frozenset[str]]  # by path, canonical JSON: told as such where they cannot be copied
    changes: Mapping[str, tuple[str, ...]]
    glue: Mapping[str, tuple[str, ...]]


@dataclass(slots=True)
class _Leaves:
    """What was seen at one path."""

    count: Counter[str] = field(default_factory=Counter[str])
    copied: Counter[str] = field(default_factory=Counter[str])
    changed: Counter[str] = field(default_factory=Counter[str])
    texts: list[str] = field(default_factory=list[str])


def learn_policy(pairs: Iterable[Pair]) -> Policy:
    """See how values come about in training answers."""
    orders: dict[tuple[str, frozenset[str]], Counter[tuple[str, ...]]] = defaultdict(Counter)
    leaves: dict[str, _Leaves] = defaultdict(_Leaves)
    for prompt, answer in pairs:
        for path, value in _nodes(answer.form, answer.value):
            if isinstance(value, dict):
                keys = tuple(cast("dict[str, Any]", value))
                orders[path, frozenset(keys)][keys] += 1
            else:
                _see(leaves[path], prompt, value)
    literals = {path: frozenset(_literals(seen)) for path, seen in leaves.items()}
    return Policy(
        key_order={where: order.most_common(1)[0][0] for where, order in orders.items()},
        literals=literals,
        spare={path: frozenset(v for v, n in seen.count.items() if n >= LEAST_USES) for path, seen in leaves.items()},
        changes={
            path: tuple(change for change in CHANGES if seen.changed[change] >= (LEAST_USES if change else 1))
            for path, seen in leaves.items()
        },
        glue={path: _glue(seen.texts) for path, seen in leaves.items()},
    )


def linearise(pair: Pair, policy: Policy) -> list[Action]:
    """The actions that build the answer; they end with ``refuse`` where the policy has no way to."""
    prompt, answer = pair
    actions = [Action(ROOT, Symbol("form", answer.form))]
    for action in _actions(answer.form, answer.value, prompt, policy):
        actions.append(action)
        if action.symbol == REFUSE:
            break
    return actions


def learn_grammar(sequences: Sequence[Sequence[Action]], wording: Wording) -> tuple[Grammar, list[list[Action]]]:
    """The grammar of these action sequences, and the sequences under it.

    What is used less than :data:`LEAST_USES` times at its path is not learned: such a sequence ends there with
    ``refuse``.
    """
    uses = Counter((action.path, action.symbol) for sequence in sequences for action in sequence)
    kept = [list(_until_rare(sequence, uses)) for sequence in sequences]
    places: dict[str, dict[Symbol, None]] = {}
    for sequence in kept:
        for action in sequence:
            places.setdefault(action.path, {})[action.symbol] = None
    symbols = {symbol: at for at, symbol in enumerate(dict.fromkeys(s for held in places.values() for s in held))}
    paths = {path: tuple(sorted(symbols[symbol] for symbol in held)) for path, held in places.items()}
    return Grammar(symbols=tuple(symbols), paths=paths, wording=wording, spans=_span_rules(kept)), kept


def _span_rules(sequences: Sequence[Sequence[Action]]) -> dict[str, Spans]:
    """What copied spans have in common, by path; only characters that separate words are looked at."""
    copied: dict[str, list[str]] = defaultdict(list)
    for sequence in sequences:
        for action in sequence:
            if action.span is not None:
                copied[action.path].append(action.span)
    return {path: _rules(spans) for path, spans in copied.items() if len(spans) >= _LEAST_COPIES}


def _rules(spans: Sequence[str]) -> Spans:
    return Spans(
        never="".join(mark for mark in _SEPARATORS if not any(mark in span for span in spans)),
        always="".join(mark for mark in _SEPARATORS if all(mark in span for span in spans)),
    )


def _until_rare(sequence: Sequence[Action], uses: Mapping[tuple[str, Symbol], int]) -> Iterator[Action]:
    for action in sequence:
        if uses[action.path, action.symbol] < LEAST_USES:
            yield Action(action.path, REFUSE)
            return
        yield action


def _nodes(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """All objects and leaves of a tree with their paths."""
    if isinstance(value, ToolUse):
        yield from _nodes(member(path, value.name), value.arguments)
    elif isinstance(value, dict):
        yield path, value
        for key, item in cast("dict[str, Any]", value).items():
            yield from _nodes(member(path, key), item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _nodes(element(path), item)
    else:
        yield path, value


def _see(seen: _Leaves, prompt: Prompt, value: Any) -> None:
    text = _json(value)
    seen.count[text] += 1
    change = next((change for change in CHANGES if sources(prompt, value, change) is not None), None)
    if change is not None:
        seen.copied[text] += 1
        seen.changed[change] += 1
    if isinstance(value, str):
        seen.texts.append(value)


def _literals(seen: _Leaves) -> Iterator[str]:
    for text, count in seen.count.items():
        if count >= LEAST_USES and seen.copied[text] < _COPIED_SHARE * count:
            yield text


def _glue(texts: Sequence[str]) -> tuple[str, ...]:
    """Runs of words that recur among the texts of a path, as the fixed part of a pattern does."""
    split = [_words(text) for text in texts]
    frequency = Counter(word for words in split for word in set(words))
    least = max(_LEAST_GLUE, len(texts) // 20)
    runs: Counter[str] = Counter()
    for words in split:
        run = ""
        for word in [*words, None]:
            if word is not None and frequency[word] >= least:
                run += word
            elif run:
                runs[run] += 1
                run = ""
    return tuple(run for run, count in runs.most_common(200) if count >= _LEAST_GLUE)


def _actions(path: str, value: Any, prompt: Prompt, policy: Policy) -> Iterator[Action]:
    if isinstance(value, ToolUse):
        yield Action(path, Symbol("call", value.name))
        yield from _actions(member(path, value.name), value.arguments, prompt, policy)
    elif isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        keys = policy.key_order.get((path, frozenset(fields)), tuple(fields))
        yield Action(path, Symbol("object", _json(keys)))
        for key in keys:
            yield from _actions(member(path, key), fields[key], prompt, policy)
    elif isinstance(value, list):
        yield Action(path, Symbol("array"))
        for item in cast("list[Any]", value):
            yield from _actions(element(path), item, prompt, policy)
        yield Action(element(path), END)
    else:
        yield from _leaf(path, value, prompt, policy)


def _leaf(path: str, value: Any, prompt: Prompt, policy: Policy) -> Sequence[Action]:
    literal = _json(value)
    if literal in policy.literals.get(path, ()):
        return [Action(path, Symbol("literal", literal))]
    for change in policy.changes.get(path, ()):
        span = sources(prompt, value, change)
        if span is not None:
            return [Action(path, Symbol("copy", change), span)]
    if literal in policy.spare.get(path, ()):
        return [Action(path, Symbol("literal", literal))]
    pieces = _composed(piece(path), value, prompt, policy.glue.get(path, ())) if isinstance(value, str) else None
    return [Action(path, Symbol("compose")), *pieces] if pieces else [Action(path, REFUSE)]


def _composed(path: str, text: str, prompt: Prompt, glue: Sequence[str]) -> list[Action] | None:
    """The fewest pieces that make the text; of equally few, those that copy most of it."""
    words = _words(text)
    if not glue or len(words) > _MOST_WORDS:
        return None
    edges = [0]
    for word in words:
        edges.append(edges[-1] + len(word))
    best: dict[int, tuple[float, list[Action]]] = {0: (0.0, [])}
    for start in edges[:-1]:
        if start not in best:
            continue
        cost, before = best[start]
        for end, action, price in _pieces(path, text, start, edges, prompt, glue):
            if end not in best or cost + price < best[end][0]:
                best[end] = cost + price, [*before, action]
    if len(text) not in best or len(best[len(text)][1]) > _MOST_PIECES:
        return None
    return [*best[len(text)][1], Action(path, END)]


def _pieces(
    path: str, text: str, start: int, edges: Sequence[int], prompt: Prompt, glue: Sequence[str]
) -> Iterator[tuple[int, Action, float]]:
    for run in glue:
        if text.startswith(run, start):
            yield start + len(run), Action(path, Symbol("glue", run)), 1 + 0.001 * len(run)
    for end in edges:
        if end > start and prompt.occurrences(text[start:end]):
            yield end, Action(path, Symbol("copy"), text[start:end]), 1.0001


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|\W", text)


def _json(value: Any) -> str:
    return canonical_json(value).decode()
