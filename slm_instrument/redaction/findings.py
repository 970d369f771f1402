"""What was found in a text: where, and what kind of personal or secret thing it is."""

import re
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass

_TYPE = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Finding:
    """A stretch of a text, ``text[start:end]``, in characters of a Python string.

    ``type`` is one of Presidio's entity names where it has one (``EMAIL_ADDRESS``, ``PERSON``, ``US_SSN``), capital
    letters and underscores always; ``score`` says in 0..1 how sure the recogniser is.
    """

    start: int
    end: int
    type: str
    score: float = 1.0


def is_type(name: str) -> bool:
    """Whether a type is written as types are: capital letters, digits and underscores."""
    return _TYPE.fullmatch(name) is not None


def without_overlaps(findings: Sequence[Finding]) -> list[Finding]:
    """Findings in order of the text; of those that overlap, the surest, then the longest, then the first stays."""
    kept: list[Finding] = []  # by where they start; apart from each other, so only the neighbours need be looked at
    for finding in sorted(findings, key=lambda f: (-f.score, f.start - f.end, f.start, f.type)):
        at = bisect(kept, finding.start, key=lambda f: f.start)
        after_it = at == len(kept) or kept[at].start >= finding.end
        if after_it and (at == 0 or kept[at - 1].end <= finding.start):
            kept.insert(at, finding)
    return kept
