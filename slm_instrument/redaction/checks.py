"""Check digits of numbers that have them."""

from collections.abc import Sequence
from datetime import date

_VERHOEFF = (  # multiplication in the dihedral group D5
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 0, 6, 7, 8, 9, 5), (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7), (4, 0, 1, 2, 3, 9, 5, 6, 7, 8), (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2), (7, 6, 5, 9, 8, 2, 1, 0, 4, 3), (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)  # fmt: skip
_VERHOEFF_TURNS = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7), (9, 4, 5, 3, 1, 2, 6, 8, 7, 0), (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5), (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)  # fmt: skip


def digits_of(text: str) -> list[int]:
    """The digits in a text, in order."""
    return [int(char) for char in text if char.isdecimal()]


def letters_of(text: str) -> str:
    """Letters and digits of a text, in capitals."""
    return "".join(char for char in text if char.isalnum()).upper()


def luhn(digits: Sequence[int]) -> bool:
    """ISO/IEC 7812: payment cards and many national numbers."""
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def verhoeff(digits: Sequence[int]) -> bool:
    """Verhoeff's check digit."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _VERHOEFF[check][_VERHOEFF_TURNS[place % 8][digit]]
    return check == 0


def weighted(digits: Sequence[int], weights: Sequence[int], modulus: int) -> int:
    """The sum of digits times weights, modulo; digits beyond the weights do not count."""
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % modulus


def mod_11_10(digits: Sequence[int]) -> bool:
    """ISO 7064, MOD 11,10."""
    product = 10
    for digit in digits[:-1]:
        product = 2 * ((product + digit) % 10 or 10) % 11
    return (11 - product) % 10 == digits[-1]


def mod_97_10(text: str) -> bool:
    """ISO 7064, MOD 97-10, over letters and digits; an IBAN with its first four characters moved to its end."""
    return int("".join(str(int(char, 36)) for char in text)) % 97 == 1


def is_date(year: int, month: int, day: int) -> bool:
    """Whether there is such a day."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
