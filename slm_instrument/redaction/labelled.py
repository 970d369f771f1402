"""What a text itself says of a value: ``Password: hunter2``, ``first_name='Ann'``, ``born on 5 March 1980``."""

import re
from collections.abc import Iterator

from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.keys import BORN, NAMES, PASSWORD, PERSON, SECRETS, STREET, UNSURE, plausible, type_of_key
from slm_instrument.redaction.patterns import Pattern, compiled

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = rf"\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}|{_MONTH} {_DAY},? \d{{4}}|{_DAY} {_MONTH},? \d{{4}}"
_DATED = re.compile(_DATE, re.IGNORECASE)
_NUMBER = r"(?: (?:number|no|num|code|card))?\.?(?: (?:is|was|are))?[ \t]?[:=#-]?[ \t\"'*`]{0,9}"

_NAME_IN_LABEL = re.compile(r"[A-Za-z\d][A-Za-z\d _-]*")
_CODE = re.compile(
    r"[A-Za-z_][\w.]*[(\[]|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?![\w@!#$%^&*-])|/[\w./-]*(?!\S)|(?i:password|secret|token|key)\b"
)
_BARE = 3  # the group of _VALUE without quotes
_STOP = r"\n\"'`,;|<>{}\[\]()"
_VALUE = re.compile(
    rf"""[ \t*`]{{0,9}}(?:[brf]?"([^"\n]{{1,200}}?)`{{0,9}}"|[brf]?'([^'\n]{{1,200}}?)`{{0,9}}'"""
    rf"|([^\s{_STOP}][^{_STOP}]{{0,120}}))"
)


class Labels:
    """Values behind their names, ``name: value`` or ``name = value``, with or without quotes."""

    _NAME = "|".join(sorted((name.replace("_", "[ _-]?") for name in NAMES), key=len, reverse=True))
    _LABEL = rf"(?i)(?:^|[^a-z\d])(?:[a-z\d]+[_-])?(?:{_NAME})[\"'`*\]]{{0,9}}[ \t]{{0,3}}(?::=|=>|[:=]|\bis[: ])"

    hints = (_LABEL,)

    def __init__(self) -> None:
        self._label = compiled(self._LABEL)

    def find(self, text: str, raw: bytes) -> Iterator[Finding]:
        """All of them."""
        seen = raw.decode("latin-1")
        for match in self._label.matches(raw):
            begin, at = match.span()
            label = seen[begin:at]
            said = label[-1] in "sS :" and label[-3:-1].lower() == "is"
            name = _NAME_IN_LABEL.findall(label)[0].strip(" _-")
            if said:
                name = name[:-2].rstrip()
            type = type_of_key(name) or type_of_key(_last_words(name))
            value = _VALUE.match(seen, at)
            if type is None or value is None:
                continue
            start, end = value.span(value.lastindex or 0)
            if value.lastindex == _BARE:
                in_code = label[0] == "$" or (type in SECRETS and _is_code(seen, label, start))
                end = start if in_code else start + _length_of_bare(type, text[start:end], said)
            if end > start and plausible(type, text[start:end]):
                yield Finding(start, end, type, 0.4 if type in UNSURE else 0.85)


def _is_code(seen: str, label: str, start: int) -> bool:
    """Whether a secret's name is given an expression of a program, or a path, and not the secret itself."""
    word = _NAME_IN_LABEL.match(seen, start)
    if word and "_" in word[0] and type_of_key(word[0].split()[0]):  # the variable that holds it
        return True
    return bool(_CODE.match(seen, start)) or (label.rstrip(" :=>")[-1] in "\"'`" and seen[start].isalpha())


def _last_words(name: str) -> str:
    """A name without its first word: ``prod_api_key`` is an ``api_key``."""
    return name.replace("-", "_").partition("_")[2]


def _length_of_bare(type: str, value: str, said: bool) -> int:
    """How much of what follows a name without quotes is its value; ``said`` in a sentence ("the password is ...")."""
    word = value.split(maxsplit=1)[0]
    if type in SECRETS:
        if said or (type is PASSWORD and word.islower() and len(word.rstrip(".")) != len(value.rstrip(". "))):
            # Prose about a password ("the password is required", "Password: enter your own") holds none.
            return len(word.rstrip(".")) if any(not char.isalpha() for char in word.rstrip(".!?")) else 0
        return len(value) if word.lower() in ("bearer", "basic", "token") else len(word)
    if type is BORN:
        dated = _DATED.match(value)
        return dated.end() if dated else 0
    if type in (PERSON, STREET):
        return len(value.rstrip(" .")) if value[0].isupper() or (type is STREET and value[0].isdigit()) else 0
    for length in (len(value.rstrip(" .")), len(word.rstrip("."))):
        if plausible(type, value[:length]):
            return length
    return 0


LABELLED: tuple[Pattern, ...] = (
    Pattern("DATE_OF_BIRTH", rf"(?i)\b(?:born|dob|birth ?date|date of birth|birthday)\b[^\n\d]{{0,20}}?\b({_DATE})\b"),
    Pattern("PASSPORT", rf"(?i)\bpassport{_NUMBER}\b([a-z]{{0,2}}\d{{6,9}})\b"),
    Pattern(
        "DRIVER_LICENSE",
        rf"(?i)\bdriv(?:er|ing)(?:'?s)? (?:licen[sc]e|permit){_NUMBER}\b([a-z]{{0,3}}\d[\d-]{{4,14}}[a-z]{{0,2}})\b",
    ),
    Pattern("CARD_CVV", rf"(?i)\b(?:cvv2?|cvc2?|security code){_NUMBER}\b(\d{{3,4}})\b"),
    Pattern("PIN", rf"(?i)\bpin{_NUMBER}\b(\d{{4,6}})\b"),
    Pattern("CARD_LAST4", r"(?i)\b(?:ending|ends) (?:in|with)[ :*x.\"']{1,8}(\d{4})\b"),
    Pattern("CARD_LAST4", r"(?i)\blast (?:4|four)(?: digits?)?[^\n\d]{1,15}(\d{4})\b"),
    Pattern("CARD_LAST4", r"(?:[*xX]{4}[ -]?){1,4}(\d{4})\b"),
    Pattern(
        "BANK_ACCOUNT",
        r"(?i)\b(?:(?:bank|checking|savings) account|(?:account|routing) (?:number|no\b))"
        rf"{_NUMBER}\b(\d[\d -]{{5,18}}\d)\b",
        score=0.8,
    ),
    Pattern(
        "ZIP_CODE",
        rf"(?i)\b(?:zip|postal code|postcode|post code)(?: code)?{_NUMBER}\b(\d{{3,5}}(?:-\d{{3,4}})?)\b",
        score=0.8,
    ),
)
