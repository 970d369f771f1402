"""What a :class:`~slm_instrument.privacy.names.NamesRecogniser` may be told."""

from dataclasses import dataclass

IDENTIFYING = frozenset(
    {"PERSON", "LOCATION", "ZIP_CODE", "DATE_TIME", "AGE", "NRP", "USER_ID", "PAYMENT_ID", "CARD_LAST4"}
)
HEALTH = frozenset(
    {
        "MEDICAL_DISEASE_DISORDER",
        "MEDICAL_MEDICATION",
        "MEDICAL_CODE",
        "MEDICAL_RECORD_NUMBER",
        "MEDICAL_LICENSE",
        "US_NPI",
        "US_MBI",
        "US_HEALTH_INSURANCE_MEMBER_ID",
        "US_PRESCRIPTION_NUMBER",
        "UK_NHS",
        "AU_MEDICARE",
    }
)
TYPES = IDENTIFYING | HEALTH
"""What is looked for by default. ``ORGANIZATION`` is left out, as Presidio leaves it out: with the small English model
one in five was one (0.22 of 968 on Presidio's own synthetic texts, none of 1,893 on agents' dialogues)."""


@dataclass(frozen=True, slots=True)
class NamesSettings:
    """How names are found.

    ``model`` is a spaCy model, by package name or as a folder; empty takes the largest that is installed for
    ``language``. ``tagger`` is a folder with an ONNX token classifier that is asked beside it; empty takes Rampart's
    where its package is installed, and None takes none.
    """

    language: str = "en"
    model: str = ""
    tagger: str | None = ""
    types: frozenset[str] = TYPES
