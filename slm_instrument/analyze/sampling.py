"""Some calls of a task, drawn at random and read again: what varies in their prompts, and their answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from slm_instrument.analyze.corpus import Ints
from slm_instrument.analyze.ledger import Ledger
from slm_instrument.records import Call
from slm_instrument.store.protocol import Store
from slm_instrument.store.selecting import Selection
from slm_instrument.template import Prompt, Template, best_match

MAX_CALLS = 2_000
SLOT_CHARS = 400  # of a call's slots; about what an encoder of 128 tokens sees

_READ = 250  # calls at a time


@dataclass(frozen=True, slots=True)
class Sample:
    """Calls of a task: their rows in the ledger, what varies in their prompts, and the calls without messages."""

    rows: Ints
    texts: list[str]
    calls: list[Call]


def draw(store: Store, ledger: Ledger, rows: Ints, templates: Sequence[Template], *, max_chars: int) -> Sample:
    """As many of the rows, in random order, as have that many characters in their slots."""
    shuffled = np.random.default_rng(0).permutation(rows)[:MAX_CALLS]
    drawn: list[int] = []
    texts: list[str] = []
    calls: list[Call] = []
    for start in range(0, len(shuffled), _READ):
        part: list[int] = shuffled[start : start + _READ].tolist()
        found = {call.id: call for call in store.iter_calls(Selection(ids=tuple(ledger.ids[row] for row in part)))}
        for row in part:
            call = found.get(ledger.ids[row])
            if call is None:  # erased meanwhile, or held back
                continue
            text = slot_text(templates, Prompt.of_call(call))[:SLOT_CHARS]
            max_chars -= len(text)
            if max_chars < 0:
                return Sample(np.array(drawn, dtype=np.int64), texts, calls)
            drawn.append(row)
            texts.append(text)
            calls.append(replace(call, messages=()))
    return Sample(np.array(drawn, dtype=np.int64), texts, calls)


def slot_text(templates: Sequence[Template], prompt: Prompt) -> str:
    """What varies in the prompt; of a prompt that no template matches, the last message."""
    found = best_match(templates, prompt)
    return found[1].text if found is not None else f"{prompt.last}\n{prompt.history}".strip()
