"""Credentials: gitleaks' rules, which are kept up by many, and looser ones for what a scanner of code can pass over.

A scanner of code must not cry wolf over test keys; here, one that is passed over is stored for good. So the lists of
examples that gitleaks allows are not used, and the prefixes of vendors' keys count also when a key is cut or padded.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from importlib.resources import files
from typing import Any

from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.keys import API_KEY, PASSWORD, TOKEN
from slm_instrument.redaction.linear import Linear, Match
from slm_instrument.redaction.patterns import Pattern, compiled

PRIVATE_KEY, URL_CREDENTIALS = "PRIVATE_KEY", "URL_CREDENTIALS"
SECRET_TYPES = frozenset({PASSWORD, API_KEY, TOKEN, PRIVATE_KEY, URL_CREDENTIALS, "CARD_CVV", "PIN"})

_SHORTEST_HINT = 3  # letters; shorter keywords are in every text


def looks_random(text: str) -> bool:
    """Digits and letters mixed, as keys have them and words do not."""
    return any(map(str.isdigit, text)) and any(map(str.isalpha, text)) and entropy(text) > 3


def entropy(text: str) -> float:
    """Shannon's, in bits per character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


class GitleaksRule:
    """One rule of gitleaks."""

    def __init__(self, raw: dict[str, Any], never: "re.Pattern[str]") -> None:
        self._raw = raw
        self._never = never
        self._type = PRIVATE_KEY if "private-key" in raw["id"] else API_KEY

    @property
    def hints(self) -> tuple[str, ...]:
        """Its keywords."""
        keywords: list[str] = self._raw["keywords"]
        if min(map(len, keywords), default=0) < _SHORTEST_HINT:
            return (self._raw["regex"],)
        return tuple(f"(?i){re.escape(keyword)}" for keyword in keywords)

    def find(self, text: str, raw: bytes) -> Iterator[Finding]:
        """All that it matches."""
        for match in self._compiled.matches(raw):
            start, end = match.span(self._group(match))
            if self._counts(text[start:end]):
                yield Finding(start, end, self._type, 0.95)

    @cached_property
    def _compiled(self) -> Linear[bytes]:
        return compiled(self._raw["regex"])

    def _group(self, match: Match) -> int:
        """The group that is the secret: the one that is told, else the first that took part."""
        if "group" in self._raw:
            return self._raw["group"]
        return next((group for group in range(1, self._compiled.groups + 1) if match.span(group)[0] >= 0), 0)

    def _counts(self, secret: str) -> bool:
        if not secret or entropy(secret) < self._raw.get("entropy", 0) or self._never.search(secret):
            return False
        return not self._stops(secret)

    def _stops(self, secret: str) -> bool:
        if "stopwords" not in self._raw:
            return False
        lower = secret.lower()
        return not looks_random(secret) or any(word in lower for word in self._raw["stopwords"])


def gitleaks() -> list[GitleaksRule]:
    """Its rules, from the file beside this one, which says where they come from."""
    raw = json.loads((files("slm_instrument.redaction") / "rules" / "gitleaks.json").read_text(encoding="utf-8"))
    never = re.compile("|".join(f"(?:{_for_python(regex)})" for regex in raw["never"]))
    return [GitleaksRule(rule, never) for rule in raw["rules"]]


def _for_python(regex: str) -> str:
    """Go allows a flag in the middle; here it counts for the whole of its alternative."""
    return f"(?i:{regex.replace('(?i)', '')})" if "(?i)" in regex else regex


_KEY = r"[A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?"

SECRETS: tuple[Pattern, ...] = (
    Pattern(API_KEY, r"\b((?:sk|pk|rk)[-_](?:[a-z]{2,12}\d{0,2}[-_]){0,3}[A-Za-z\d_-]{16,})", looks_random),
    Pattern(
        API_KEY,
        r"\b((?:gh[pousr]_|github_pat_|glpat-|hf_|xox[a-z]-|npm_|pypi-|dop_v1_|shp[a-z]{2}_|SG\.)[A-Za-z\d._-]{10,})",
    ),
    Pattern(API_KEY, r"\b(A(?:KIA|SIA|GPA|ROA|IDA|NPA)[A-Z\d]{12,20})\b"),
    Pattern(API_KEY, r"\b(AIza[A-Za-z\d_-]{30,40})"),
    Pattern(TOKEN, r"\b(eyJ[A-Za-z\d_-]{8,}\.eyJ[A-Za-z\d_-]{8,}(?:\.[A-Za-z\d_-]*)?)"),
    Pattern(TOKEN, r"(?i)\b(?:bearer|basic)[ \t]{1,3}([a-z\d._~+/-]{12,}={0,2})", looks_random),
    Pattern(API_KEY, r"(?i)\b(?:account|sharedaccess)key=([a-z\d+/]{20,}={0,2})"),
    Pattern(
        PRIVATE_KEY,
        rf"-----BEGIN {_KEY}-----[A-Za-z\d+/=\s:,\\-]*?(?:-----END {_KEY}-----|[^A-Za-z\d+/=\s:,\\-]|\z)",
        hint="-----BEGIN",
    ),
)
