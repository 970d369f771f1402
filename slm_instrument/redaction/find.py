"""What a policy finds in a text: built-in recognisers, the user's own, the lists."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache

from slm_instrument.redaction.findings import Finding, is_type
from slm_instrument.redaction.keys import UNSURE, plausible, type_of_key
from slm_instrument.redaction.patterns import form
from slm_instrument.redaction.placeholders import token_spans
from slm_instrument.redaction.policy import Level, Policy
from slm_instrument.redaction.recognisers import Builtin, builtin
from slm_instrument.redaction.secrets import SECRET_TYPES, URL_CREDENTIALS

DENIED = "DENIED"

_SURE_ENOUGH = {Level.SECRETS: 0.5, Level.STANDARD: 0.5, Level.STRICT: 0.3}


def find(text: str, policy: Policy) -> list[Finding]:
    """What the policy wants out of a text: sorted, apart from each other, none of them empty or within a token."""
    tokens = token_spans(text)
    raw = _blanked(form(text), tokens) if tokens else form(text)
    hinted = builtin().hinted(raw)
    if not hinted and not policy.recognisers and not policy.deny:
        return []
    found = [finding for finding in _all(text, raw, hinted, policy) if _wanted(finding, text, policy)]
    if policy.deny:
        found += (Finding(*match.span(), DENIED) for match in _denied(policy.deny).finditer(text))
    return _apart(found, tokens) if found else []


def field_type(key: str, value: str, policy: Policy) -> str | None:
    """The type of a field's value by the field's name, where the policy wants such values out."""
    type = type_of_key(key)
    if type is None or not plausible(type, value) or token_spans(value):
        return None
    score = 0.4 if type in UNSURE else 0.9
    return type if _wanted(Finding(0, len(value), type, score), value, policy) else None


def _blanked(raw: bytes, spans: Sequence[tuple[int, int]]) -> bytes:
    """A form without what stands in tokens: the name of a token's type says nothing of what is beside it."""
    blanked = bytearray(raw)
    for start, end in spans:
        blanked[start:end] = bytes(end - start)
    return bytes(blanked)


def _all(text: str, raw: bytes, hinted: Sequence[Builtin], policy: Policy) -> Iterable[Finding]:
    for recogniser in hinted:
        yield from recogniser.find(text, raw)
    for own in policy.recognisers:
        for finding in own.find(text):
            if not (0 <= finding.start <= finding.end <= len(text) and is_type(finding.type)):
                raise ValueError("a recogniser's finding is not in the text, or its type is not in capital letters")
            yield finding


def _wanted(finding: Finding, text: str, policy: Policy) -> bool:
    if finding.score < _SURE_ENOUGH[policy.level] or finding.type in policy.off:
        return False
    if policy.level is Level.SECRETS and finding.type not in SECRET_TYPES:
        return False
    return not policy.allow or text[finding.start : finding.end].casefold() not in policy.allow


@lru_cache(maxsize=256)
def _denied(texts: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(filter(None, texts), key=lambda text: (-len(text), text))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def _apart(found: Iterable[Finding], tokens: Sequence[tuple[int, int]]) -> list[Finding]:
    """Findings that overlap made one, of the surest one's type: nothing that was found is left standing."""
    apart: list[Finding] = []
    for finding in sorted(found, key=lambda f: (f.start, -f.end)):
        if finding.end <= finding.start or _touches(finding, tokens):
            continue
        if apart and finding.start < apart[-1].end:
            apart[-1] = _one_of(apart[-1], finding)
        else:
            apart.append(finding)
    return apart


def _one_of(first: Finding, second: Finding) -> Finding:
    surest = max(first, second, key=lambda f: (f.score, f.end - f.start))
    if surest.type == URL_CREDENTIALS:  # its end is certain: what follows it is no e-mail address
        return surest
    return Finding(first.start, max(first.end, second.end), surest.type, surest.score)


def _touches(finding: Finding, tokens: Sequence[tuple[int, int]]) -> bool:
    """Whether a finding has a character in common with a token; tokens lie in order of the text."""
    at = bisect_right(tokens, finding.start, key=lambda token: token[1])
    return at < len(tokens) and tokens[at][0] < finding.end
