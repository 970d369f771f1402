"""Telephone numbers.

They have no check digit, and every country writes them in its own way. What is written as nothing else is
(``+44 20 7946 0958``, ``(415) 555-0132``, ``415-555-0132``, ``01.84.17.61.18``) counts everywhere but beside words like
"order"; other groups of digits count beside a word of telephony, and a bare row of digits beside a strong one.
"""

import re
from collections.abc import Iterator, Sequence

from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.patterns import BEFORE

_TYPE = "PHONE_NUMBER"

_SEPARATOR = r"[ ().\-/]{0,3}"
_ROW = re.compile(rf"\d(?:{_SEPARATOR}\d){{5,}}")
_PART = re.compile(r"[^ ]*\d")
_MOST_GROUPS = 6
_NEAR = 3  # words: "reach her at 88934183"

# Between groups of digits stands something, so that a row falls into groups in one way only.
_NEXT = r"(?:\)[ .\-/]{0,2}|[ .\-/]{1,2}\(?|\()"
# Written like this, it is a telephone number anywhere.
_CERTAIN = re.compile(
    rf"(?:\(?\+\d{{1,15}}|00\d{{1,3}}(?=[ -]))(?:{_NEXT}\d{{1,12}}){{0,6}}"  # international
    r"|(?:\+?1[-. ]|001[-. ])?(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}"  # North America
    r"|(?:1 )?[2-9]\d{2} [2-9]\d{2} \d{4}"
    r"|\((?!(?:19|20)\d\d\))\d{1,5}\)[ \-/]?\d{1,4}(?:[ \-/]?\d{2,4}){1,3}"  # an area code in brackets
    r"|0\d{1,4}[-/ ]\d{6,8}|0\d{1,4}(?:[ -]\d{2,4}){2,4}|0\d(?:\.\d{2}){4}"  # a trunk 0
)
_GROUPS = re.compile(rf"\(?\d{{1,5}}(?:{_NEXT}\d{{1,8}}){{1,6}}")
_BARE = re.compile(r"\d{7,13}")
_NO_PHONE = re.compile(
    r"(?:19|20)\d{2}[-./ ]\d{1,2}[-./ ]\d{1,2}(?: \d{1,2})?"  # dates, with the hour
    r"|\d{1,2}[-./]\d{1,2}[-./](?:19|20)?\d{2}(?: \d{1,2})?|(?:19|20)\d{2}[01]\d[0-3]\d"
    r"|(?:19|20)\d{2} ?[-/] ?(?:19|20)\d{2}|\d{3}-\d{3}"  # years or lines from, to
    r"|\d{1,3}(?:\.\d{1,3}){3}|\d+\.\d+|\d{5}-\d{4}"  # IP, decimal number, ZIP+4
    r"|\d{3}-\d{2}-\d{4}|\d{4}(?:[ -]\d{4}){3}"  # SSN, card
)
_EXTENSION = re.compile(r" ?(?:x|ext\.?|extension|#) ?\d{1,6}(?!\d)", re.IGNORECASE)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The last of these words before a number says what it is.
_STRONG = _words(
    """phone phones telephone tel mobile cell cellphone fax whatsapp sms landline hotline helpline callback
    handy handynummer telefon telefono teléfono téléphone móvil msisdn dial dialed"""
)
_ASKING = _words("call calls called calling text texting ring reach reached contact answering")
_WEAK = _words("contacts message messages texts office desk home work registered")
_OTHER = _words(
    """order orders invoice ticket case ref reference tracking account reservation flight product products
    item items id ids sku isbn zip postal serial part model version card cards payment pay paid amount total
    price cost usd eur gbp date dates year confirmation booking transaction commit line lines bug issue
    error port size count score population ssn social license licence passport iban policy claim member
    bytes quantity page pages section row rows value values"""
)
_CALLED, _CALLING = _words("me us him her them back on at"), _words("can to please could may")
_BEFORE_NUMBER = _words("my his her their your our contact office home work call")
_WORD = re.compile(r"[^\W\d_]+|[$#%]")
_BEHIND = re.compile(
    r"[ \-)(,]{0,3}(?:is (?:my|his|her|their|our|the) (?:new )?)?"
    r"(?:office|fax|mobile|cell|home|work|phone|tel|direct|landline|whats ?app)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(r"(?:desk|office|home|work|direct|main) {0,2}: {0,3}$", re.IGNORECASE)


class Phones:
    """Finds telephone numbers, as the module describes."""

    hints = (rf"\d(?:{_SEPARATOR}\d){{5}}",)

    def find(self, text: str, raw: bytes) -> Iterator[Finding]:
        """All of them."""
        seen = raw.decode("latin-1")
        for match in _ROW.finditer(seen):
            # Dates and decimal numbers are most of what is met.
            if _NO_PHONE.fullmatch(seen, *match.span()) and seen[match.start() - 1 : match.start()] != "+":
                continue
            start, end = _without_words(seen, *match.span())
            if start < end and not _is_table(seen[start:end]):
                whole = _phone(seen, start, end)
                yield from (whole,) if whole else _parts(seen, start, end)


def _is_table(row: str) -> bool:
    """Whether a row is numbers of one length in a line, more of them than a telephone number has groups."""
    groups = row.split()
    return (
        len(groups) > _MOST_GROUPS and len({len(group) for group in groups}) == 1 and row.replace(" ", "").isdecimal()
    )


def _parts(seen: str, start: int, end: int) -> Iterator[Finding]:
    """A row of digits that is no number as a whole may hold some, beside dates and the like."""
    words = [word.span() for word in _PART.finditer(seen, start, end)]
    at = 0
    while at < len(words):
        until = min(len(words), at + _MOST_GROUPS)
        tried = ((to, _part(seen, words[at][0], words[to - 1][1], to - at)) for to in range(until, at, -1))
        behind, found = next(((to, found) for to, found in tried if found), (at + 1, None))
        if found:
            yield found
        at = behind


def _part(seen: str, start: int, end: int, words: int) -> Finding | None:
    if words > 1 and not (8 <= end - start <= 24 and _CERTAIN.fullmatch(seen, start, end)):
        return None
    if _NO_PHONE.fullmatch(seen, start, end):
        return None
    return _phone(seen, start, end)


def _phone(seen: str, start: int, end: int) -> Finding | None:
    score = _score(seen, start, end)
    if not score:
        return None
    extension = _EXTENSION.match(seen, end)
    return Finding(start, extension.end() if extension else end, _TYPE, score)


def _score(seen: str, start: int, end: int) -> float:
    """How surely a row of digits and separators is a telephone number; 0 for not at all."""
    digits = sum(map(str.isdigit, seen[start:end]))
    if not 6 <= digits <= 16 or seen.count("(", start, end) != seen.count(")", start, end):
        return 0
    certain = digits >= 8 and bool(_CERTAIN.fullmatch(seen, start, end))
    if certain and seen[start] in "+(":
        return 0.85
    grouped = bool(_GROUPS.fullmatch(seen, start, end))
    if not certain and not grouped and not _BARE.fullmatch(seen, start, end):
        return 0
    context, distance = _context(seen, start, end)
    if certain:
        return 0.8 if context != "other" else 0.45
    if context == "strong":
        return 0.75
    if context == "asking" and digits >= 8 and distance <= _NEAR:
        return 0.7
    return 0.65 if context in ("asking", "weak") and grouped and digits >= 7 else 0


def _context(seen: str, start: int, end: int) -> tuple[str | None, int]:
    """What kind of word stands nearest before a number, or behind it, and how many words before."""
    if _BEHIND.match(seen, end) or _PLACE.search(seen, max(0, start - 12), start):
        return "strong", 0
    words = _WORD.findall(seen[max(0, start - BEFORE) : start].lower())
    kinds = ((_kind_of_word(words, at), len(words) - at) for at in range(len(words) - 1, -1, -1))
    return next(((kind, distance) for kind, distance in kinds if kind), (None, 0))


def _kind_of_word(words: Sequence[str], at: int) -> str | None:
    word, before, behind = words[at], words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
    if word == "number":
        return "other" if before in _OTHER else "strong" if before in _BEFORE_NUMBER else "weak"
    if word in _STRONG or (word == "call" and (behind in _CALLED or before in _CALLING)):
        return "strong"
    if word in _ASKING:
        return "asking"
    if word in _WEAK:
        return "weak"
    price = word in "$#" and at == len(words) - 1  # right before it: the price of something else says nothing
    return "other" if word in _OTHER or price else None


def _without_words(seen: str, start: int, end: int) -> tuple[int, int]:
    """A row without what touches letters, or signs of names and of money (an id, a price), and with what opens it."""
    before = seen[max(0, start - 2) : start]
    if before and (before[-1].isalnum() or before[-1] in "_#$=" or (before[-1] == "-" and not before[0].isalnum())):
        start = seen.find(" ", start, end) + 1 or end
    behind = seen[end : end + 1]
    if behind == "_" or (behind.isalpha() and not _EXTENSION.match(seen, end)):
        end = max(start, seen.rfind(" ", start, end))
    while 0 < start < end and seen[start - 1] in "+(":
        start -= 1
    return start, end
