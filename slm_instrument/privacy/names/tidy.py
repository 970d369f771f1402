"""What a model found, made presentable: cut to its words, without what is plainly something else."""

import re
from collections.abc import Iterable, Iterator, Sequence, Set

from slm_instrument.privacy.words import word_list
from slm_instrument.redaction.findings import Finding, without_overlaps

# A name does not go on behind these; JSON, code and Markdown are full of them.
_BREAKS = re.compile(r"[\n\r\t\"`{}\[\]<>|\\:;=*#()@~^_/\ue000]+| - |\s{2,}|, ")
_ENDS = " \t.,!?'\u2019\u2018\u201c\u201d-\u2013\u2014\u2022&+"

_WHEN = re.compile(
    r"\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|(?<![.\w])(?:1[6-9]|20)\d\d(?![\w]|\.\d)|\d{1,4}[/-]\d{1,2}[/-]\d{1,4}"
    r"|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}/\d{4}|\d{1,2}:\d{2}|\b\d{1,2}(?:st|nd|rd|th)\b|\d\s?[ap]\.?m\b|\d0s\b",
    re.IGNORECASE,
)
# Words one of which must stand before a number that Presidio found: a checksum alone fits one number in ten.
_SAYS = {
    "MEDICAL_LICENSE": r"dea|medical|licen[cs]e|certificate|prescriber|physician",
    "US_NPI": r"npi|national provider|provider id",
    "US_MBI": r"mbi|medicare|beneficiary",
    "US_HEALTH_INSURANCE_MEMBER_ID": r"(?:member|subscriber|policy) (?:id|number|no|card)|health plan|insurer",
    "US_PRESCRIPTION_NUMBER": r"rx|prescription|pharmacy",
    "UK_NHS": r"nhs|national health",
    "AU_MEDICARE": r"medicare",
}
_CONTEXT = {type: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for type, words in _SAYS.items()}
_REACH = 60  # characters before a number in which the word must stand
_GLUE = frozenset("_=(@$#/\\")
_MEMBER = re.compile(r"\.[a-z_]\w|\(|\[")
_QUOTED_KEY = re.compile(r"\\*[\"']\s*:")
_INNER = re.compile(
    r"[a-z]\.[a-z]|[a-z][A-Z][a-z]+[A-Z]|(?<![A-Za-z])(?!Mc|Mac|De|Di|Du|La|Le|Van|Fitz)[A-Z][a-z]+[A-Z][a-z]"
)
_KEY_ENDS = re.compile(r"[*_]*\s*:")
_SMALL_WORD = re.compile(r"\b[a-z]{2,}\b")
_NOT_PEOPLE = frozenset(word_list("no_people"))


def tidied(text: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The models' findings, each cut to what can be of its type; what cannot is left out."""
    common = set(_SMALL_WORD.findall(text))
    for finding in findings:
        if finding.type in ("PERSON", "LOCATION", "ORGANIZATION", "NRP"):
            yield from _words(text, finding, common)
        elif finding.type == "DATE_TIME":
            # "Today", "two weeks" and "daily" tell nobody anything: a day, a month, a year or an hour does.
            yield from [finding] if _WHEN.search(text, finding.start, finding.end) else []
        elif (context := _CONTEXT.get(finding.type)) is None or context.search(
            text, max(0, finding.start - _REACH), finding.start
        ):
            yield finding


def _words(text: str, finding: Finding, common: Set[str]) -> Iterator[Finding]:
    start = finding.start
    for gap in [*_BREAKS.finditer(text, finding.start, finding.end), None]:
        end = gap.start() if gap else finding.end
        part = text[start:end]
        low = start + len(part) - len(part.lstrip(_ENDS))
        high = end - (len(part) - len(part.rstrip(_ENDS)))
        is_key = start > finding.start and _KEY_ENDS.match(text, high)  # "Ann Lee\nPhone: "
        if low < high and not is_key and _plausible(text, low, high, finding.type, common):
            yield Finding(low, high, finding.type, finding.score)
        start = gap.end() if gap else end


def _plausible(text: str, start: int, end: int, type: str, common: Set[str]) -> bool:
    words = text[start:end]
    if words.isdigit():
        return type == "LOCATION" and len(words) < 6 and text[end : end + 1] in (" ", ",", "\n")  # a house number
    if len(words) < 2 or words.lower() in _NOT_PEOPLE or _in_code(text, start, end):
        return False
    if words == words.lower():
        return type != "ORGANIZATION" and _in_small_letters(text, start, end)
    if type in ("PERSON", "NRP"):
        shouted = words.isupper() and len(words) <= 3
        return not shouted and not any(c.isdigit() for c in words) and not _is_common(words, common)
    return True


def _in_code(text: str, start: int, end: int) -> bool:
    """Whether it is an identifier or a part of one, or a key of JSON."""
    return (
        text[start - 1 : start] in _GLUE
        or text[end : end + 1] in _GLUE
        or _MEMBER.match(text, end) is not None
        or _QUOTED_KEY.match(text, end) is not None
        or _INNER.search(text, start, end) is not None
    )


def _is_common(words: str, common: Set[str]) -> bool:
    """Whether the text has all of its words in small letters, too: "Add Bookmark", and "add a bookmark" elsewhere."""
    return all(word.lower() in common for word in words.split())


def _in_small_letters(text: str, start: int, end: int) -> bool:
    """Whether who wrote it uses no capitals: only then a name in small letters is one."""
    around = text[max(0, start - 80) : min(len(text), end + 80)]
    return around == around.lower()


def repeated(text: str, findings: Sequence[Finding]) -> Iterator[Finding]:
    """The parts of full names where they stand alone: who was "Ann Lee" is meant by "Ann", too."""
    full = {text[f.start : f.end] for f in findings if f.type == "PERSON" and f.score >= 0.8}
    parts = {part for name in full if " " in name for part in name.split() if len(part) > 2 and part[0].isupper()}
    if parts:
        pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(parts, key=len, reverse=True)))})\b")
        yield from (Finding(*match.span(), "PERSON", 0.5) for match in pattern.finditer(text))


def settled(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in order of the text, none overlapping: of one type they are joined, else the surest stays."""
    joined: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=lambda f: (f.start, f.end)):
        of_type = joined.setdefault(finding.type, [])
        if of_type and finding.start < of_type[-1].end:
            last = of_type[-1]
            of_type[-1] = Finding(last.start, max(last.end, finding.end), last.type, max(last.score, finding.score))
        else:
            of_type.append(finding)
    kept: list[Finding] = []
    cluster: list[Finding] = []  # findings that overlap in a chain: small, however long the text is
    end = 0
    for finding in sorted((f for of_type in joined.values() for f in of_type), key=lambda f: f.start):
        if finding.start >= end:
            kept += without_overlaps(cluster)
            cluster = []
        cluster.append(finding)
        end = max(end, finding.end)
    return kept + without_overlaps(cluster)
