"""Numbers that money hangs on: payment cards, bank accounts, crypto wallets."""

import re
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

# Issuers' first digits, as ranges of the first four, with the lengths of their cards' numbers.
# Sources: ISO/IEC 7812 and the card networks' own pages.
_ISSUERS = (
    (1800, 1800, (15,)), (2131, 2131, (15,)), (3500, 3599, (16, 17, 18, 19)),  # JCB
    (2200, 2204, (16, 17, 18, 19)),  # Mir
    (2221, 2720, (16,)), (5100, 5599, (16,)),  # Mastercard
    (3000, 3099, (14, 16, 19)), (3600, 3699, (14, 16, 19)), (3800, 3999, (14, 16, 19)),  # Diners Club
    (3400, 3499, (15,)), (3700, 3799, (15,)),  # American Express
    (4000, 4999, (13, 16, 19)),  # Visa
    (5000, 5099, range(13, 20)), (5600, 5999, range(13, 20)), (6000, 6999, range(13, 20)),  # Maestro and others
    (8100, 8171, (16, 17, 18, 19)), (9792, 9792, (16,)),  # UnionPay, Troy
)  # fmt: skip
_SHORT_CARDS = frozenset({5018, 5020, 5038, 5893, 6304, 6390, 6759, 6761, 6762, 6763})  # Maestro: from 12 digits


def payment_card(text: str) -> bool:
    """As many digits as its issuer gives, with Luhn's check digit."""
    digits = digits_of(text)
    if not 12 <= len(digits) <= 19 or not luhn(digits):
        return False
    first = int("".join(map(str, digits[:4])))
    if len(digits) == 12:
        return first in _SHORT_CARDS
    return any(low <= first <= high and len(digits) in lengths for low, high, lengths in _ISSUERS)


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
            length = _IBAN_LENGTHS.get(text[start : start + 2].upper(), 0)
            end, letters = _taken(text, start, length)
            if not letters or text[end : end + 1].isalnum():
                # Of another length than its country's: then in one piece, and the check digits tell.
                word = _ALNUM.match(raw, start)
                end, letters = (word.end(), word[0].decode().upper()) if word and length else (start, "")
            if letters and mod_97_10(letters[4:] + letters[:4]):
                yield Finding(start, end, "IBAN_CODE", 0.97)
            elif len(letters) == length > 0 and b"iban" in raw[max(0, start - BEFORE) : start].lower():
                yield Finding(start, end, "IBAN_CODE", 0.8)


_ALNUM = re.compile(rb"[A-Za-z\d]{15,34}(?![A-Za-z\d])")


def _taken(text: str, start: int, length: int) -> tuple[int, str]:
    """End of the first ``length`` letters and digits from a start, with single spaces or hyphens among them."""
    end, letters = start, ""
    while len(letters) < length and end < len(text):
        if text[end].isalnum():
            letters += text[end].upper()
        elif text[end] not in " -" or not text[end - 1].isalnum():
            break
        end += 1
    return (end, letters) if len(letters) == length and letters.isascii() else (start, "")


def base58_checked(text: str) -> bool:
    """Base58Check: Bitcoin and its kin."""
    number = 0
    for char in text:
        number = 58 * number + _BASE58.index(char)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big").rjust(25, b"\0")
    return len(raw) == 25 and sha256(sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CARD_WORDS = r"\bcard\b|charge|credit|debit|visa|master ?card|amex|american express|\bpan\b|\bcc\b"

MONEY: tuple[Pattern, ...] = (
    Pattern("CREDIT_CARD", r"\b\d{12,19}\b", payment_card, score=0.95),
    Pattern("CREDIT_CARD", r"\b\d{4}(?:[ -]\d{4}){2}[ -]\d{1,7}\b", payment_card, score=0.95),
    Pattern("CREDIT_CARD", r"\b3\d{3}[ -]\d{4,6}[ -]\d{4,5}\b", payment_card, score=0.95),
    Pattern(
        "CREDIT_CARD", rf"(?i)(?:{_CARD_WORDS})[^\n\d]{{0,40}}\b(\d(?:[ -]?\d){{11,18}})\b", called_a_card, score=0.7
    ),
    Pattern("CRYPTO", rf"\b([13LMDT][{_BASE58}]{{25,34}})\b", base58_checked),
    Pattern("CRYPTO", r"\b((?:bc1|ltc1|tb1)[ac-hj-np-z02-9]{11,71})\b"),
    Pattern("CRYPTO", r"\b(0x[a-fA-F\d]{40})\b"),
)
