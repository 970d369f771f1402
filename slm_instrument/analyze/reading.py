"""The calls of a store, a window at a time: what bounds the memory of an analysis, and how much a killed one loses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from slm_instrument.analyze.corpus import Corpus, CorpusBuilder, joined
from slm_instrument.progress import Listener, Stage
from slm_instrument.scale import Engine
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import Selection, Span

PART = 1_000  # calls that are read as one piece of work
WINDOW_CALLS = 50_000
WINDOW_CHARS = 150_000_000  # of distinct texts: with four bytes a character at most, 600 MB
AGAIN = 5_000  # calls of no task, the newest, that are looked at again beside new ones

Read = Callable[[Span], Corpus]


@dataclass(frozen=True, slots=True)
class Window:
    """Calls that are analysed together; the first ``again`` rows were of no task when they were looked at before."""

    corpus: Corpus
    again: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads spans of a store; it travels to the workers of an engine as the function that opens the store."""

    open: Callable[[], Store]
    where: Selection

    def __call__(self, span: Span) -> Corpus:
        """The selected calls of a span."""
        store = self.open()
        try:
            return read_span(store, self.where, span)
        finally:
            store.close()


def read_span(store: Store, where: Selection, span: Span) -> Corpus:
    """The selected calls of a span."""
    return _corpus(store, replace(where, after=span.after, until=span.until))


def windows(
    store: Store, engine: Engine, where: Selection, *, size: int = WINDOW_CALLS, progress: Listener | None = None
) -> Iterator[Window]:
    """The selected calls, each window beside some that were read before it and are of no task."""
    spans = store.spans(where, size=min(PART, size))
    read: Read = partial(read_span, store, where) if engine.name == "local" else Reader(store.opener, where)
    stage = Stage("reading calls", sum(span.calls for span in spans), progress)
    parts: list[Corpus] = []
    begun = 0  # where this window begins: an analysis anew has not come to what lies behind
    for span, part in zip(spans, engine.map(read, spans), strict=True):
        parts.append(part)
        stage.step(len(part))
        if span is spans[-1] or sum(map(len, parts)) >= size or sum(each.chars for each in parts) >= WINDOW_CHARS:
            # Of calls that are not pending, those that lie behind have not been come to.
            until = None if where.pending else begun
            again = _of_no_task(store, replace(where, pending=False, unassigned=True, until=until))
            yield Window(joined([again, *parts]), len(again))
            parts, begun = [], span.until


def _of_no_task(store: Store, where: Selection) -> Corpus:
    """The newest of these calls."""
    spans = store.spans(where, size=AGAIN // 2)[-2:]
    return _corpus(store, replace(where, after=spans[0].after) if spans else replace(where, ids=()))


def _corpus(store: Store, where: Selection) -> Corpus:
    builder = CorpusBuilder(store.key_of)
    for call in store.iter_calls(where):
        builder.add(call)
    return builder.corpus()
