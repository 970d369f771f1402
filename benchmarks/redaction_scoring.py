"""Scores of redaction: spans that a system gives against spans that people marked."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from slm_instrument.redaction.findings import Finding

# What means the same: our and Presidio's types, and those of the gold.
SAME = {
    "EMAIL": "EMAIL_ADDRESS",
    "DOB": "DATE_TIME",
    "DATE_OF_BIRTH": "DATE_TIME",
    "AGE": "DATE_TIME",
    "FIRST_NAME": "PERSON",
    "LAST_NAME": "PERSON",
    "CITY": "LOCATION",
    "GPE": "LOCATION",
    "ADDRESS": "LOCATION",
    "STREET": "LOCATION",
    "STREET2": "LOCATION",
    "STREET_ADDRESS": "LOCATION",
    "ZIP": "LOCATION",
    "ZIP_CODE": "LOCATION",
    "URL": "DOMAIN_NAME",
    "US_DRIVER_LICENSE": "DRIVER_LICENSE",
    "US_ITIN": "US_SSN",
}


@dataclass(frozen=True)
class Labelled:
    """A text and where personal data are in it."""

    text: str
    spans: tuple[tuple[str, int, int], ...]


class Tally:
    """Counts of spans found and given."""

    def __init__(self) -> None:
        self.gold, self.any, self.same = Counter[str](), Counter[str](), Counter[str]()
        self.given, self.right, self.right_same = Counter[str](), Counter[str](), Counter[str]()

    def add(self, one: Labelled, findings: Sequence[Finding]) -> None:
        """Count those of one text."""
        given = [(f.type, f.start, f.end) for f in findings]
        for type, start, end in one.spans:
            self.gold[type] += 1
            self.any[type] += covered((start, end), given)
            self.same[type] += covered((start, end), same_type(type, given))
        for type, start, end in given:
            self.given[type] += 1
            self.right[type] += covered((start, end), one.spans)
            self.right_same[type] += covered((start, end), same_type(type, one.spans))

    def figures(self) -> dict[str, Any]:
        """Recall, precision and F, overall and per type."""
        groups: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for type, gold in self.gold.items():
            groups[SAME.get(type, type)][0] += gold
            groups[SAME.get(type, type)][1] += self.same[type]
        for type, n in self.given.items():
            groups[SAME.get(type, type)][2] += n
            groups[SAME.get(type, type)][3] += self.right_same[type]
        per_type = {
            group: scores(found, gold, right, n) for group, (gold, found, n, right) in sorted(groups.items()) if gold
        }
        sums = [
            sum(counter.values())
            for counter in (self.any, self.same, self.gold, self.right, self.right_same, self.given)
        ]
        return {
            "any": scores(sums[0], sums[2], sums[3], sums[5]),
            "same": scores(sums[1], sums[2], sums[4], sums[5]),
            "types": per_type,
        }


def scores(found: int, gold: int, right: int, given: int) -> dict[str, Any]:
    recall, precision = ratio(found, gold), ratio(right, given)
    f = round(2 * recall * precision / (recall + precision), 4) if recall and precision else 0.0
    return {"recall": recall, "precision": precision, "f": f, "gold": gold, "given": given}


def ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def covered(span: tuple[int, int], others: Iterable[tuple[str, int, int]]) -> bool:
    """Whether others together cover at least half of a span's characters."""
    start, end = span
    characters: set[int] = set()
    for _, a, b in others:
        characters.update(range(max(a, start), min(b, end)))
    return 2 * len(characters) >= end - start > 0


def same_type(type: str, spans: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    wanted = SAME.get(type, type)
    return [span for span in spans if SAME.get(span[0], span[0]) == wanted]
