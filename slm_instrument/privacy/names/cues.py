"""People, ages and their numbers by the words before them: what a small model misses, above all in JSON."""

import re
from collections.abc import Iterator

from slm_instrument.privacy.words import word_list
from slm_instrument.redaction.findings import Finding

_WORD = r"[^\W\d_]{1,30}(?:['\u2019.-][^\W\d_]{1,30}){0,4}"
_WORDS = re.compile(rf"{_WORD}\.?(?:[ \t]+{_WORD}\.?){{0,3}}")
_QUOTE = r"\\*[\"'`*]*"  # of JSON, also of JSON within JSON, and of Markdown

# After these stands a name, however it is written.
_SURE = re.compile(
    r"\b(?:(?:my|his|her|their|your|whose|the)\s+(?:(?:full|first|middle|last|real|maiden|given|family)\s+)?name"
    r"(?:\s+is|\s+was|['\u2019]s|:)"
    r"|(?:first|middle|last|maiden|family|given|full)\s+name(?:\s+is|\s+was|\s+of|['\u2019]s|:)?"
    r"|(?:last name|surname)(?:\s+is|:)?|(?:he|she|they|i)\s+(?:is|am|are|was)\s+(?:called|named)"
    rf"|\b(?:mr|mrs|ms|mx|dr|prof|professor|miss|madame|herr|frau|señora?|sra?)\b\.?)[:\s]\s*{_QUOTE}\s*",
    re.IGNORECASE,
)
# After these stands a name when it is written like one.
_LIKELY = re.compile(
    r"\b(?:i am|i['\u2019]m|this is|it['\u2019]s|speaking (?:with|to)|on behalf of|hi|hello|hey|dear|sorry"
    r"|thanks|thank you[^,.!?\n]{0,40}|regards|sincerely|cheers|yours|welcome(?: back)?|name|signed(?: by)?"
    r"|attn|contact|customer|passenger|patient|employee|client|guest|from|to|cc|assignee|reviewer|author"
    r"|no problem(?: at all)?|of course|certainly|got it|absolutely|understood|perfect|great|alright|okay|ok)"
    rf"\b[,:]\s*{_QUOTE}\s*"
    r"|\b(?:i am|i['\u2019]m|this is|it['\u2019]s|hi|hello|hey|dear)\s+",
    re.IGNORECASE,
)
_KEYED = re.compile(
    r"(?:\b|_)(?:first|last|middle|given|family|full|maiden|customer|passenger|patient|contact|employee|sender|recipient"
    r"|guest|client|member|account_?holder|card_?holder|beneficiary|nick|sur)[_ -]?name"
    rf"{_QUOTE}\s*[:=]\s*{_QUOTE}\s*",
    re.IGNORECASE,
)
# After these stand several names, in a row or one a line.
_SEVERAL = re.compile(
    r"\b(?:passengers|travell?ers|attendees|participants|members|guests|customers|employees|patients|authors|invitees"
    r"|recipients|names)"
    rf"\b{_QUOTE}\s*:\s*{_QUOTE}\s*(?:(?:[-•]|\d+\.)\s+)?{_QUOTE}",
    re.IGNORECASE,
)
_AND_NEXT = re.compile(rf"{_QUOTE}(?:\s*,\s*(?:and\s+)?|\s+(?:and|&)\s+|[^\n]{{0,60}}\n\s*(?:[-•]|\d+\.)\s+){_QUOTE}")
_BORN = re.compile(r"\b(?:DOB|[Dd]ate of [Bb]irth|[Bb]orn(?: on)?)\b")
_BEFORE_BORN = re.compile(rf"(?<![\w-])({_WORD}(?:[ \t]+{_WORD}){{1,2}})[\"'`*\\]{{0,4}},?\s{{0,3}}\(?$")
_REACH = 80
# Words no name begins or goes on with.
_NO_NAME = frozenset(word_list("no_names"))

_AGES = (
    re.compile(r"\b(\d{1,3})(?:[ -]?(?:years?|yrs?)[ -]+olds?\b| ?y/?o\b|-?year-olds?\b)", re.IGNORECASE),
    re.compile(
        rf"\b(?:aged?|turn(?:ed|s|ing))(?:\s+is|\s+of|\s+just)?{_QUOTE}\s*[:=]?\s*{_QUOTE}(\d{{1,3}})\b(?![.,:/%-]\d)",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:when (?:he|she|i) was|i am|i['\u2019]m|(?:he|she)(?: is|['\u2019]s))\s+(\d{1,3})\b"
        r"(?=\s*(?:[.,!?;)]|$|and\b|but\b))",
        re.IGNORECASE,
    ),
)
_DATES = (
    re.compile(
        r"(?<![\w-])\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\w-])"
    ),
    re.compile(r"(?<![\w/-])\d{1,2}([/-])\d{1,2}\1(?:\d{4}|\d{2})(?: \d{2}:\d{2}(?::\d{2})?)?(?![\w/-])"),
)
_USER_IDS = (
    re.compile(r"(?<![\w./@-])([a-z]{2,20}_[a-z]{2,20}_\d{3,6})(?![\w.-]*[\w]|\()"),
    re.compile(
        r"\b(?:user[ _-]?(?:id|name)|username|login|account[ _-](?:id|name)|screen[ _-]name)\b"
        rf"{_QUOTE}\s*(?:is|:|=|was)?\s*{_QUOTE}((?=[\w.-]*\d)[A-Za-z][\w.-]{{2,38}}\w)\b",
        re.IGNORECASE,
    ),
)
_NO_USER = frozenset(word_list("no_user_ids"))
_PAYMENT_ID = re.compile(r"\b(?:credit_card|debit_card|gift_card|bank_account|paypal|certificate|voucher)_\d{4,12}\b")
_LAST4 = (
    re.compile(r"\b(?:ending|ends)(?:\s+(?:in|with))?\W{1,6}(\d{4})\b", re.IGNORECASE),
    re.compile(r"\blast[ _-]?(?:four|4)(?:[ _-]?digits?)?\b(?:\s+(?:is|are|of))?\W{1,8}(\d{4})\b", re.IGNORECASE),
    re.compile(r"(?:[*•xX]{4}[ -]?){1,3}(\d{4})\b"),
    re.compile(r"\b(?:visa|mastercard|amex|card)\W{1,4}(?:number\s+)?(\d{4})\b(?![ -]?\d)", re.IGNORECASE),
    re.compile(r"\b(\d{4})\s+(?:visa|mastercard|amex|(?:credit |debit )?card)\b", re.IGNORECASE),
)


def find_people(text: str) -> Iterator[Finding]:
    """Names after a title, a form's key or words like "my name is"."""
    for pattern, score, cased in ((_KEYED, 0.9, False), (_SURE, 0.9, False), (_LIKELY, 0.6, True)):
        for cue in pattern.finditer(text):
            if (end := _name_end(text, cue.end(), cased)) > cue.end():
                yield Finding(cue.end(), end, "PERSON", score)
    for cue in _SEVERAL.finditer(text):
        yield from _several(text, cue.end())
    for cue in _BORN.finditer(text):
        start = max(0, cue.start() - _REACH)
        match = _BEFORE_BORN.search(text[start : cue.start()])
        if match and match[1] == match[1].title():
            yield Finding(start + match.start(1), start + match.end(1), "PERSON", 0.9)


def _several(text: str, start: int) -> Iterator[Finding]:
    """Full names from there on, up to the first thing that is none."""
    while " " in text[start : (end := _name_end(text, start, cased=True))]:
        yield Finding(start, end, "PERSON", 0.8)
        following = _AND_NEXT.match(text, end)
        if following is None:
            return
        start = following.end()


def _name_end(text: str, start: int, cased: bool) -> int:
    """Where a name that starts there ends; ``start`` itself when there is none.

    ``cased`` asks for capital letters, as does a first word that has one. Small letters count for three words at most.
    """
    words = _WORDS.match(text, start)
    if words is None:
        return start
    end = start
    capital = cased or words[0][0].isupper()
    for count, word in enumerate(re.finditer(r"\S+", words[0])):
        bare = word[0].rstrip(".")
        if bare.lower() in _NO_NAME or (capital and not bare[0].isupper()) or (not capital and count == 3):
            break
        end = start + word.start() + len(bare)
        if word[0].endswith(".") and len(bare) > 3:  # the end of a sentence; an initial or "Jr." goes on
            break
    return end if end - start > 1 else start


def find_numbers_of_people(text: str) -> Iterator[Finding]:
    """Dates in figures, ages, user ids, ids of means of payment and the last digits of cards."""
    for pattern in _DATES:
        yield from (Finding(*match.span(), "DATE_TIME", 0.9) for match in pattern.finditer(text))
    for pattern in _AGES:
        yield from (Finding(*m.span(1), "AGE", 0.9) for m in pattern.finditer(text) if int(m[1]) < 125)
    for pattern in _USER_IDS:
        for match in pattern.finditer(text):
            if _NO_USER.isdisjoint(match[1].split("_")):
                yield Finding(*match.span(1), "USER_ID", 0.9)
    yield from (Finding(*match.span(), "PAYMENT_ID", 0.9) for match in _PAYMENT_ID.finditer(text))
    for pattern in _LAST4:
        yield from (Finding(*match.span(1), "CARD_LAST4", 0.9) for match in pattern.finditer(text))
