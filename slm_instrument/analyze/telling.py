"""The static text that tells a kind of call from the others of its application."""

import re
from collections import Counter
from collections.abc import Sequence

from slm_instrument.template import PLACES, Pattern, Template

COMMON = 0.5  # of an application's kinds that share a sentence before it stops telling them apart

_SENTENCE = re.compile(r"(?<=[.:!?])\s|\n")

Telling = dict[str, str]  # by place of the prompt


def telling_texts(templates: Sequence[Template | None]) -> list[Telling]:
    """Each template's static text by place, without the sentences that many of them share; of none, nothing."""
    sentences = [_sentences(template) if template else {} for template in templates]
    shared = Counter(sentence for own in sentences for sentence in {s for place in own.values() for s in place})
    limit = max(1.0, COMMON * len(templates))
    return [
        {place: " ".join(s for s in found if shared[s] <= limit) for place, found in own.items()} for own in sentences
    ]


def instruction_of(telling: Telling) -> str:
    """The telling text, longest place first: where most of its own text stands is where a prompt says what it wants."""
    return " ".join(sorted(filter(None, telling.values()), key=len, reverse=True))


def _sentences(template: Template) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place in PLACES:
        pattern: Pattern = getattr(template, place)
        cut = (sentence.strip() for stretch in pattern.stretches for sentence in _SENTENCE.split(stretch))
        found[place] = list(dict.fromkeys(filter(None, cut)))
    return found
