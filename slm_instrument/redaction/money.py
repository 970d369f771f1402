"""Numbers that money hangs on: payment cards, bank accounts, crypto wallets."""

from collections.abc import Iterator
from hashlib import sha256

from slm_instrument.redaction.checks import digits_of, luhn, mod_97_10
from slm_instrument.redaction.findings import Finding
from slm_instrument.redaction.patterns import BEFORE, Pattern, compiled

# Lengths of IBANs by country, from SWIFT's IBAN registry (release 99).
_IBAN_LENGTHS = {
    country: int(length)
    for length, countries in {
        "15": "NO", "16": "BE", "18": "DK FK FI FO GL NL SD", "19": "MK SI", "20": "AT BA EE KZ LT LU MN XK",
        "21": "CH HR LI LV", "22": "BG BH CR DE GB GE IE ME RS VA", "23": "AE GI IL IQ OM SO TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG", "25": "LY PT ST", "26": "IS TR", "27": "BI DJ FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HU HN LB NI PL SV", "29": "BR EG PS QA UA", "30": "JO KW MU YE", "31": "MT SC",
        "32": "LC", "33": "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip

# Issuers' first digits, as ranges of the first four. Sources: ISO/IEC 7812 and the card networks' own pages.
_CARD_RANGES = (
    (2131, 2131), (1800, 1800), (2200, 2204), (2221, 2720), (3000, 3059), (3095, 3095), (3400, 3499), (3528, 3589),
    (3600, 3699), (3700, 3799), (3800, 3999), (4000, 4999), (5000, 5099), (5100, 5599), (5600, 5899), (6000, 6999),
    (8100, 8171), (9792, 9792),
)  # fmt: skip
_SHORT_CARDS = frozenset({5018, 5020, 5038, 5893, 6304, 6390, 6759, 6761, 6762, 6763})  # Maestro: from 12 digits


def payment_card(text: str) -> bool:
    """12 to 19 digits of a known issuer with Luhn's check digit."""
    digits = digits_of(text)
    if not 12 <= len(digits) <= 19 or not luhn(digits):
        return False
    first = int("".join(map(str, digits[:4])))
    if len(digits) == 12:
        return first in _SHORT_CARDS
    return any(low <= first <= high for low, high in _CARD_RANGES)


def called_a_card(text: str) -> bool:
    """What a text calls a card has the check digit, or the length that most cards have (mistyped ones do)."""
    digits = digits_of(text)
    return len(set(digits)) > 1 and (len(digits) in (15, 16) or luhn(digits))


class Ibans:
    """IBANs, in one piece or in groups, of the length and with the check digits that their country has.

    Beside the word "IBAN" the check digits need not be right: a mistyped one is as personal.
    """

    _START = r"(?i)\b[a-z]{2}\d{2}(?:[ -]?[a-z\d]){11}"
    hints = (_START,)

    def __init__(self) -> None:
        self._start = compiled(self._START)

    def find(self, text: str, raw: bytes) -> Iterator[Finding]:
        """All of them."""
        for match in self._start.matches(raw):
            start, _ = match.span()
            end, letters = _taken(text, start, _IBAN_LENGTHS.get(text[start : start + 2].upper(), 0))
            if not letters.isascii() or text[end : end + 1].isalnum():
                continue
            if mod_97_10(letters[4:] + letters[:4]):
                yield Finding(start, end, "IBAN_CODE", 0.97)
            elif b"iban" in raw[max(0, start - BEFORE) : start].lower():
                yield Finding(start, end, "IBAN_CODE", 0.8)


def _taken(text: str, start: int, length: int) -> tuple[int, str]:
    """End of the first ``length`` letters and digits from a start, with single spaces or hyphens among them."""
    end, letters = start, ""
    while len(letters) < length and end < len(text):
        if text[end].isalnum():
            letters += text[end].upper()
        elif text[end] not in " -" or not text[end - 1].isalnum():
            break
        end += 1
    return (end, letters) if length and len(letters) == length else (start, "\xff")


def base58_checked(text: str) -> bool:
    """Base58Check: Bitcoin and its kin."""
    number = 0
    for char in text:
        number = 58 * number + _BASE58.index(char)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big").rjust(25, b"\0")
    return len(raw) == 25 and sha256(sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CARD_WORDS = r"\bcard\b|credit|debit|visa|master ?card|amex|american express|\bpan\b|\bcc\b"

MONEY: tuple[Pattern, ...] = (
    Pattern("CREDIT_CARD", r"\b\d{12,19}\b", payment_card, score=0.95),
    Pattern("CREDIT_CARD", r"\b\d{4}(?:[ -]\d{4}){2}[ -]\d{1,7}\b", payment_card, score=0.95),
    Pattern("CREDIT_CARD", r"\b3\d{3}[ -]\d{4,6}[ -]\d{4,5}\b", payment_card, score=0.95),
    Pattern("CREDIT_CARD", r"\b\d(?:[ -]?\d){11,18}\b", called_a_card, _CARD_WORDS, 0.7),
    Pattern("CRYPTO", rf"\b([13LMDT][{_BASE58}]{{25,34}})\b", base58_checked),
    Pattern("CRYPTO", r"\b((?:bc1|ltc1|tb1)[ac-hj-np-z02-9]{11,71})\b"),
    Pattern("CRYPTO", r"\b(0x[a-fA-F\d]{40})\b"),
)
