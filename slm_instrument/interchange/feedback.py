"""Import what came of calls: lines of one's own, scores of Langfuse, feedback of LangSmith.

A record is one judgement::

    {"call_id"? | "trace_id"? | "session"?, "good"? , "score"?, "name"?, "at"?, "id"?}        one's own
    {"id", "traceId", "observationId"?, "name", "value", "timestamp"?}                       a score of Langfuse
    {"id", "run_id", "trace_id"?, "key", "score", "created_at"?}                             feedback of LangSmith

``good`` says how it went. A score alone does not: more may be better (a rating) or worse (a share of toxic words), so
scores are taken only under the names that the user says are judgements. A record without an id is known by its content:
importing it again adds nothing.

Source: https://api.reference.langfuse.com (``Score``), ``langsmith.schemas.FeedbackBase``.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from slm_instrument.canonical import canonical_json
from slm_instrument.dialects.shapes import mapping, text
from slm_instrument.errors import InputError, StoreError
from slm_instrument.interchange.cut import parsed, records_of
from slm_instrument.interchange.files import DamagedFileError, LogFile
from slm_instrument.interchange.reading import BadLine
from slm_instrument.interchange.values import read_figure, read_id, read_time
from slm_instrument.records import OWN_TRACE, Outcome
from slm_instrument.store.protocol import Store

GOOD_FROM = 0.5
_BATCH = 500
_CALLS = ("call_id", "observationId", "observation_id", "run_id")
_TRACES = ("trace_id", "traceId")
_SCORES = ("score", "value")
_NAMES = ("name", "key")
_TIMES = ("at", "timestamp", "created_at", "createdAt")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackReport:
    """What an import did: outcomes read, scores passed over by their names, and lines that are none.

    Of the outcomes read, ``unknown`` are of calls and traces that the store does not have, or not yet; None where this
    user may not look.
    """

    read: int
    unknown: int | None
    passed: Mapping[str, int]
    bad_lines: tuple[BadLine, ...]


def import_feedback(
    store: Store,
    paths: Iterable[str | Path],
    *,
    names: Collection[str] = (),
    good_from: float = GOOD_FROM,
    strict: bool = False,
) -> FeedbackReport:
    """Read judgements into a store.

    Args:
        store: where they go; their calls may be there already, or come later.
        paths: the files, plain, gzip or zstandard: JSON lines, a JSON document, or a table (``.csv``).
        names: scores that are judgements.
        good_from: the score from which one is good.
        strict: stop at the first bad line instead of skipping it.

    Raises:
        InputError: a file cannot be read, or a line is bad and ``strict`` is set.
        StoreError: the store cannot be written.
    """
    read, passed, bad = 0, Counter[str](), list[BadLine]()
    batch: list[Outcome] = []
    named = Counter[str]()
    for file in [LogFile(path) for path in paths]:
        for number, record in _records(file):
            try:
                if isinstance(record, InputError):
                    raise record
                outcome = outcome_from(record, names, good_from)
            except InputError as error:
                if strict:
                    raise InputError(str(BadLine(str(file.path), number, str(error)))) from error
                bad.append(BadLine(file.path.name, number, str(error)))
                continue
            if isinstance(outcome, str):
                passed[outcome] += 1
                continue
            batch.append(outcome)
            read += 1
            named[outcome.call_id or outcome.trace_id or ""] += 1
            if len(batch) >= _BATCH:
                store.add_outcomes(batch)
                batch = []
    store.add_outcomes(batch)
    return FeedbackReport(read=read, unknown=_unknown(store, named), passed=dict(passed), bad_lines=tuple(bad))


def _unknown(store: Store, named: Mapping[str, int]) -> int | None:
    """How many outcomes name what the store does not have. Who may only write need not know what there is."""
    try:
        known = store.known_names(named.keys())
    except StoreError:
        return None
    return sum(count for name, count in named.items() if name not in known)


def outcome_from(record: Any, names: Collection[str] = (), good_from: float = GOOD_FROM) -> Outcome | str:
    """A record as an outcome, or the name of a score that is none of ``names``.

    Raises:
        InputError: it names neither a call nor a trace, or does not say how it went.
    """
    fields = mapping(record)
    call_id, trace_id = _first(fields, _CALLS), _first(fields, _TRACES)
    if (session := read_id(fields.get("session"))) is not None:
        trace_id = f"{OWN_TRACE}{session}"
    if call_id is None and trace_id is None:
        raise InputError("it names neither a call nor a trace")
    if call_id is not None and "run_id" in fields and trace_id in (None, call_id):
        trace_id = call_id  # a run of LangSmith is a call, or the root of a trace
    elif call_id is not None:
        trace_id = None  # what is said of a step is not said of the others
    name = next((found for key in _NAMES if (found := text(fields.get(key)))), "feedback")
    good = fields.get("good")
    score = next((figure for key in _SCORES if (figure := _figure(fields.get(key))) is not None), None)
    if not isinstance(good, bool):
        if score is None:
            raise InputError("it says neither good nor a score")
        if name not in names:
            return name
        good = score >= good_from
    return Outcome(
        good=good,
        call_id=call_id,
        trace_id=trace_id,
        name=name,
        score=score,
        at=next((time for key in _TIMES if (time := read_time(fields.get(key))) is not None), None),
        id=read_id(fields.get("id")) or blake2b(canonical_json(record), digest_size=16).hexdigest(),
    )


def _records(file: LogFile) -> Iterator[tuple[int, Any]]:
    """The values of a file with the numbers of their lines; an error in place of one that cannot be read."""
    number = 0
    try:
        for number, raw in records_of(file):
            if isinstance(raw, bytes) and (not raw or raw.isspace()):
                continue
            try:
                yield number, parsed(raw)
            except InputError as error:
                yield number, error
    except DamagedFileError as error:
        yield number + 1, InputError(str(error))


def _first(fields: Mapping[str, Any], names: Iterable[str]) -> str | None:
    return next((id for name in names if (id := read_id(fields.get(name))) is not None), None)


def _figure(value: Any) -> float | None:
    return float(value) if isinstance(value, bool) else read_figure(value)
