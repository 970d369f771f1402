"""Names, places, dates, ages and health data in free text: stage two of redaction."""

from slm_instrument.privacy.names.recogniser import NamesRecogniser
from slm_instrument.privacy.names.settings import TYPES, NamesSettings

__all__ = ["TYPES", "NamesRecogniser", "NamesSettings"]
