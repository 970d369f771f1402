"""Any number of calls made from the open sets: prompts are new, templates stay.

    python -m benchmarks.finding.refill --store URL --calls N [--data FOLDER]

Every round over the sets gives each call another id and trace, and fills the places of its last user message anew: a
word that is rare in its set becomes another rare word of it, a rare number gets other digits. What an agent writes into
every prompt is not rare, so it stays. The calls go straight into a store, in batches: memory does not grow with them.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from random import Random

from benchmarks.finding.labelled import DATA, SETS, have, open_sets
from slm_instrument.records import Call, Message
from slm_instrument.store import open_store

RARE = 0.01  # of a set's distinct last messages hold the word
RARE_TEXTS = 3  # at most, in a small set
BATCH = 500
_PARTS = re.compile(r"\d+|[^\W\d]+|[\W_]+")


class Refiller:
    """The calls of a set, and what is rare in their last messages."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = calls
        texts = {text for call in calls if (text := _last(call)[1])}
        holding = Counter(part for text in texts for part in set(_PARTS.findall(text)) if part.isalnum())
        most = max(RARE_TEXTS, int(RARE * len(texts)))
        self._rare = {part for part, found in holding.items() if found <= most}
        self._words = sorted(part for part in self._rare if not part.isdigit())

    def round(self, number: int) -> Iterator[Call]:
        """All calls anew; the same for the same number."""
        draw = Random(number)
        for call in self._calls:
            at, text = _last(call)
            messages = list(call.messages)
            if text:
                filled = "".join(self._other(part, draw) for part in _PARTS.findall(text))
                messages[at] = replace(messages[at], content=filled)
            trace = f"{call.trace_id or call.id}-{number}"
            yield replace(call, id=f"{call.id}-{number}", trace_id=trace, messages=tuple(messages))

    def _other(self, part: str, draw: Random) -> str:
        if part not in self._rare:
            return part
        return "".join(draw.choice("0123456789") for _ in part) if part.isdigit() else draw.choice(self._words)


def refilled(sets: Sequence[Sequence[Call]]) -> Iterator[Call]:
    """Rounds over the sets without end."""
    refillers = [Refiller(calls) for calls in sets]
    for number in count():
        for refiller in refillers:
            yield from refiller.round(number)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--store", required=True)
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--data", type=Path, default=DATA)
    args = parser.parse_args()
    if not have(args.data):
        return 1
    calls = islice(refilled([[call for call, _ in log.read()] for log in open_sets(SETS, args.data)]), args.calls)
    store = open_store(args.store, create=True)
    while batch := list(islice(calls, BATCH)):
        store.add_calls(batch)
    store.close()
    return 0


def _last(call: Call) -> tuple[int, str]:
    """Where the last user message stands, and its text if it is plain; ``(-1, "")`` where there is none."""
    for at in range(len(call.messages) - 1, -1, -1):
        message: Message = call.messages[at]
        if message.role == "user":
            return at, message.content if isinstance(message.content, str) else ""
    return -1, ""


if __name__ == "__main__":
    sys.exit(main())
