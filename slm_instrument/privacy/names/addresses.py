"""Street addresses and postal codes by their form: number, name and a word for street, in the common languages."""

import re
from collections.abc import Iterable, Iterator

from slm_instrument.privacy.words import word_list
from slm_instrument.redaction.findings import Finding

_QUOTE = r"\\*[\"'`*]*"
_N = r"[^\W_][\w'\u2019.-]{0,30}"  # a word of a street's name
_CAPITAL = r"[^\W\d_a-z][\w'\u2019.-]*"
_GAP = r"[ \t]+"
_STRONG = "street|st|avenue|ave|road|rd|lane|ln|boulevard|blvd|parkway|pkwy|highway|hwy|terrace"
_WEAK = (
    "drive|dr|court|ct|way|place|pl|square|sq|circle|cir|trail|trl|close|crescent|row|mews|walk|grove|gardens|mall|alley"
    "|hill|park"
)
_BEFORE = (
    r"rue|via|viale|vicolo|piazza|calle|avenida|avda\.?|av\.|plaza|rua|avenue|chemin|corso|ulica|ul\.|paseo|carrer|largo"
    r"|praça|quai|impasse|allée|travessa|camino|carretera|ctra\.?|strada|str\.|boulevard|jalan|rruga|calea|place|route"
)
_GLUED = (
    r"(?:straße|strasse|str\.|gasse|weg|platz|allee|damm|ufer|gatan|gränd|vägen|gade|vej|veien|vegen|stien|bakken|laan|straat"
    r"|plein|kade|dreef|katu|tie|kuja)"
)
_UNIT = r"(?:apt|apartment|suite|ste|flat|unit)\.?[ \t]*#?[ \t]*\d{1,5}[a-z]?\b"

# Number, one to four words, street. The words are looked at in _is_street.
_STREET = re.compile(
    rf"(?<![\w$€£.,#/-])(?:\d{{1,6}}[ \t]+)?\d{{1,6}}[a-z]?{_GAP}(?:[nsew]\.?{_GAP})?(?P<name>(?:{_N}{_GAP}){{1,4}}?)"
    rf"(?:(?P<strong>{_STRONG})|(?P<weak>{_WEAK}))\b\.?",
    re.IGNORECASE,
)
_OTHERS = (
    re.compile(rf"(?<![\w$€£.,#/-])\d{{1,6}}{_GAP}(?:[NSEW]\.?{_GAP})?Broadway\b"),
    re.compile(
        rf"(?<!\w)(?:\d{{1,6}}[ \t,]+){{0,2}}(?i:{_BEFORE}){_GAP}(?:(?:\d{{1,2}}|{_N}){_GAP}){{1,5}}?\d{{1,5}}"
        rf"[A-Za-z]?\b(?:[ \t]*,?[ \t]*(?i:{_UNIT}))?"
    ),
    re.compile(
        rf"(?<!\w)\d{{1,5}}(?:[ \t]+(?:bis|ter))?[ \t,]+(?i:{_BEFORE}){_GAP}"
        rf"(?:(?:de|du|des|la|le|di|da|do|dos|del|delle){_GAP})*{_CAPITAL}(?:{_GAP}{_CAPITAL}){{0,3}}"
    ),
    re.compile(rf"(?<!\w)(?:\d{{1,6}}[ \t]+)?[^\W\d_][\w-]{{2,30}}{_GLUED}{_GAP}\d{{1,5}}[a-zA-Z]?\b", re.IGNORECASE),
    re.compile(r"(?<!\w)(?:apt|apartment|suite|ste)\.?[ \t]*#?[ \t]*\d{1,5}[a-z]?\b", re.IGNORECASE),
    re.compile(r"\bP\.?[ \t]?O\.?[ \t]?Box[ \t]+\d{1,7}\b", re.IGNORECASE),
    re.compile(r"\b(?:PSC|Unit|CMR)[ \t]+\d{1,5},?[ \t]+Box[ \t]+\d{1,6}\b", re.IGNORECASE),
    re.compile(r"\b(?:APO|FPO|DPO)[ \t]+A[AEP][ \t]+\d{5}\b", re.IGNORECASE),
)
_KEYED = re.compile(
    r"(?:\b|_)(?:street(?:[_ -]?(?:name|address|1|2))?|address(?:[_ -]?line)?[_ -]?[12]|line[12]|city|town|suburb)"
    r"\\*[\"']\s*:\s*\\*[\"'](?P<value>[^\"'\\\n{}\[\]]{2,60})\\*[\"']",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    rf"\b(?i:city|town|street|address)(?:[ \t]+(?i:name|address|line)?[ \t]*[12]?)?{_QUOTE}:{_QUOTE}[ \t]+"
    rf"(?P<value>{_CAPITAL}(?:{_GAP}{_CAPITAL}){{0,3}})[ \t]*(?=[\n,;*]|$)"
)
# What goes on behind a street or a unit: a town, a state, a country, with or without a postal code.
_NEXT_PART = re.compile(
    rf"[ \t]{{0,4}}(?:,[ \t]*\n?|\n)[ \t>?*•-]{{0,12}}"
    rf"(?P<part>{_N}(?:[ \t]+{_N}){{0,4}}?(?:,?[ \t]+[A-Z]{{2,3}}(?=[ \t,]+\d))?)"
    r"(?P<code>,?[ \t]+(?:\d{3,6}(?:-\d{3,4})?|\d{3} \d{2}|\d{2}-\d{3}))?(?=[ \t]*(?:[.,;!?)*\n]|$))"
)
_PARTS = 4
_NO_VALUE = frozenset(word_list("no_addresses"))

_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR"
    "|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|PR"
)
_ZIPS = (
    re.compile(rf"\b(?:{_STATES}),?\s+(\d{{5}}(?:-\d{{4}})?)\b(?![\d-])"),
    re.compile(
        r"\b(?:zip|postal|post)(?:[ _-]?code)?\b(?:[^\w\n]{1,6}|\s+(?:is|was|of|to|as|for me is)\s+){1,3}"
        r"(\d{3,6}(?:-\d{3,4})?|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})\b",
        re.IGNORECASE,
    ),
    re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2})\b"),
    re.compile(r"\b([ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] \d[ABCEGHJ-NPRSTV-Z]\d)\b"),
)
_FIVE = re.compile(r"(?<![\w$€£#.,-])\d{5}(?:-\d{4})?(?![\w%]|[.,-]\d)")
_SAYS_ZIP = re.compile(r"\b(?:zip|postal)[ _-]?codes?\b", re.IGNORECASE)
_NEAR = 160
_SMALL = frozenset(word_list("no_towns"))


def find_addresses(text: str) -> Iterator[Finding]:
    """Streets with their numbers, units, post boxes, the lines behind them, and what stands under an address's keys."""
    streets = [match.span() for match in _STREET.finditer(text) if _is_street(match)]
    streets += (match.span() for pattern in _OTHERS for match in pattern.finditer(text))
    for start, end in streets:
        yield Finding(start, end, "LOCATION", 0.9)
        yield from _behind(text, end)
    for pattern in (_KEYED, _LABELLED):
        for match in pattern.finditer(text):
            if match["value"].strip().lower() not in _NO_VALUE:
                yield Finding(*match.span("value"), "LOCATION", 0.9)


def _behind(text: str, end: int) -> Iterator[Finding]:
    for _ in range(_PARTS):
        part = _NEXT_PART.match(text, end)
        if part is None or (not _is_town(part["part"]) and part["code"] is None):
            return
        yield Finding(*part.span("part"), "LOCATION", 0.8)
        if part["code"]:
            yield Finding(part.end("code") - len(part["code"].lstrip(", \t")), part.end("code"), "ZIP_CODE", 0.8)
        end = part.end()


def _is_town(part: str) -> bool:
    words = part.replace(",", " ").split()
    return all(word[0].isupper() and word.lower() not in _SMALL for word in words)


def _is_street(match: "re.Match[str]") -> bool:
    words = match["name"].split()
    if not _SMALL.isdisjoint(word.lower() for word in words):
        return False
    capital = all(word[0].isupper() or word[0].isdigit() for word in words)
    return capital or (match["strong"] is not None and len(words) <= 3)


def find_postal_codes(text: str) -> Iterator[Finding]:
    """Postal codes after a state, behind or a little way after words like "zip code", and those of British form."""
    for pattern in _ZIPS:
        yield from (Finding(*match.span(1), "ZIP_CODE", 0.9) for match in pattern.finditer(text))
    for cue in _SAYS_ZIP.finditer(text):
        near = _FIVE.finditer(text, cue.end(), min(len(text), cue.end() + _NEAR))
        yield from (Finding(*match.span(), "ZIP_CODE", 0.7) for match in near)


_CODE_BEHIND = re.compile(r",?[ \t]+(\d{5}(?:-\d{4})?|\d{4}-\d{3}|\d{2}-\d{3}|\d{3} \d{2})(?![\w-]|[.,]\d)")


def codes_behind(text: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Postal codes right behind a person or place that was found: "Ann Lee, 80280"."""
    for finding in findings:
        if finding.type in ("PERSON", "LOCATION") and (match := _CODE_BEHIND.match(text, finding.end)):
            yield Finding(*match.span(1), "ZIP_CODE", 0.7)
