"""Health data (PHI): diagnoses, medicines, codes and record numbers, where a person is spoken of.

No clinical model comes as a package, so these are word lists and forms: some two hundred conditions and as many
medicines by their generic names, the endings that such names have, codes of ICD-10 behind a word that announces one,
record numbers behind "MRN". A condition or medicine counts only in a sentence that speaks of a person ("my", "she",
"patient", "diagnosed", "mg"): a text about diabetes is no health record.

Not found: brand names beyond the commonest, symptoms in everyday words ("my knee hurts"), procedures, laboratory
values, family history, abbreviations of the wards, misspellings, and anything in another language than English.
Numbers of doctors, insured persons and prescriptions come from Presidio (:mod:`.models`).
"""

import re
from collections.abc import Iterator

from slm_instrument.privacy.words import word_list
from slm_instrument.redaction.findings import Finding


def _any_of(name: str) -> "re.Pattern[str]":
    return re.compile(rf"\b(?:{'|'.join(word_list(name))})\b", re.IGNORECASE)


_KINDS = ((_any_of("conditions"), "MEDICAL_DISEASE_DISORDER"), (_any_of("medicines"), "MEDICAL_MEDICATION"))
_OF_A_PERSON = re.compile(
    r"\b(?:my|i|i['\u2019](?:m|ve)|me|his|her|he|she|their|patients?|mr|mrs|ms|diagnos(?:ed|is)|suffer(?:s|ed|ing)?|prescribed"
    r"|takes|taking|treated|history of|symptoms|mg|mcg|dose|dx|rx|hx|allergic|born|aged?|year[- ]old|wife|husband"
    r"|mother|father|son|daughter)\b|\ue000",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?]\s|\n\n")
_REACH = 200  # characters of a sentence looked at on either side
_RECORD = re.compile(
    r"\b(?:mrn|medical record(?: (?:number|no\.?|id))?|patient (?:id|number|no\.?)|chart (?:number|no\.?))"
    r"\b\W{0,3}(?:is\W|number\W|#)?\W{0,3}"
    r"((?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{3,14})\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"\b[A-TV-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4})?\b")
_SAYS_CODE = re.compile(r"\b(?:icd(?:-?10)?(?:-cm)?|diagnos[ie]s|dx)\b", re.IGNORECASE)


def find_health(text: str) -> Iterator[Finding]:
    """Conditions and medicines of a person, record numbers, codes of diagnoses."""
    for pattern, type in _KINDS:
        for match in pattern.finditer(text):
            if _OF_A_PERSON.search(_sentence(text, match.start(), match.end())):
                yield Finding(*match.span(), type, 0.8)
    yield from (Finding(*match.span(1), "MEDICAL_RECORD_NUMBER", 0.9) for match in _RECORD.finditer(text))
    for cue in _SAYS_CODE.finditer(text):
        near = _CODE.finditer(text, cue.end(), min(len(text), cue.end() + 60))
        yield from (Finding(*match.span(), "MEDICAL_CODE", 0.9) for match in near)


def _sentence(text: str, start: int, end: int) -> str:
    before = text[max(0, start - _REACH) : start]
    after = text[end : end + _REACH]
    low = max((gap.end() for gap in _SENTENCE.finditer(before)), default=0)
    high = next((gap.start() for gap in _SENTENCE.finditer(after)), len(after))
    return before[low:] + text[start:end] + after[:high]
