"""Numbers that states give to people: with their check digits where they have them, else only beside their name.

Sources: the issuing authorities' own descriptions, as collected on Wikipedia under "National identification number".
"""

from slm_instrument.redaction.checks import (
    digits_of,
    is_date,
    letters_of,
    luhn,
    mod_11_10,
    verhoeff,
    weighted,
)
from slm_instrument.redaction.patterns import Pattern

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_FIN_LETTERS = {"S": "JZIHGFEDCBA", "T": "GFEDCBAJZIH", "F": "XWUTRQPNMLK", "G": "RTUQPXWKLMN", "M": "XWUTRQPNJLK"}
_HETU_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_FISCAL_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip


def _us_ssn(text: str) -> bool:
    """Areas 000, 666 and 900 up, group 00 and serial 0000 are never given out."""
    digits = "".join(map(str, digits_of(text)))
    return digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def _us_itin(text: str) -> bool:
    """Groups of taxpayer numbers: 50-65, 70-88, 90-92, 94-99."""
    digits = digits_of(text)
    group = 10 * digits[3] + digits[4]
    return digits[0] == 9 and (50 <= group <= 65 or 70 <= group <= 88 or (90 <= group <= 99 and group != 93))


def _uk_nhs(text: str) -> bool:
    digits = digits_of(text)
    return (11 - weighted(digits[:9], range(10, 1, -1), 11)) % 11 == digits[9]


def _de_tax(text: str) -> bool:
    """Of the first ten digits one or two are repeated, and no more than three times."""
    digits = digits_of(text)
    kinds = len(set(digits[:10]))
    return digits[0] != 0 and kinds in (8, 9) and mod_11_10(digits)


def _fr_nir(text: str) -> bool:
    body = letters_of(text).replace("2A", "19", 1).replace("2B", "18", 1)
    return body.isdecimal() and 97 - int(body[:13]) % 97 == int(body[13:])


def _it_fiscal(text: str) -> bool:
    letters = letters_of(text)
    odd = sum(_FISCAL_ODD[char] for char in letters[0:15:2])
    even = sum(int(char) if char.isdecimal() else ord(char) - 65 for char in letters[1:15:2])
    return (odd + even) % 26 == ord(letters[15]) - 65


def _es_nif(text: str) -> bool:
    letters = letters_of(text)
    number = letters[:-1].translate(str.maketrans("XYZ", "012"))
    return number.isdecimal() and _DNI_LETTERS[int(number) % 23] == letters[-1]


def _in_aadhaar(text: str) -> bool:
    digits = digits_of(text)
    return digits[0] > 1 and verhoeff(digits)


def _au_tfn(text: str) -> bool:
    return weighted(digits_of(text), (1, 4, 3, 7, 5, 8, 6, 9, 10), 11) == 0


def _au_medicare(text: str) -> bool:
    digits = digits_of(text)
    return 2 <= digits[0] <= 6 and weighted(digits[:8], (1, 3, 7, 9, 1, 3, 7, 9), 10) == digits[8]


def _sg_fin(text: str) -> bool:
    letters = letters_of(text)
    start = {"T": 4, "G": 4, "M": 3}.get(letters[0], 0)
    total = start + weighted(digits_of(text), (2, 7, 6, 5, 4, 3, 2), 10**6)
    return _FIN_LETTERS[letters[0]][total % 11] == letters[-1]


def _pl_pesel(text: str) -> bool:
    digits = digits_of(text)
    century, month = divmod(10 * digits[2] + digits[3], 20)
    year = (1900, 2000, 2100, 2200, 1800)[century] + 10 * digits[0] + digits[1]
    dated = is_date(year, month, 10 * digits[4] + digits[5])
    return dated and (10 - weighted(digits[:10], (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), 10)) % 10 == digits[10]


def _br_cpf(text: str) -> bool:
    digits = digits_of(text)
    first = 10 * weighted(digits[:9], range(10, 1, -1), 11) % 11 % 10
    second = 10 * weighted(digits[:10], range(11, 1, -1), 11) % 11 % 10
    return len(set(digits)) > 1 and digits[9:] == [first, second]


def _ca_sin(text: str) -> bool:
    digits = digits_of(text)
    return digits[0] not in (0, 8) and luhn(digits)


def _se_personal(text: str) -> bool:
    """A day above 60 is that of a coordination number."""
    digits = digits_of(text)[-10:]
    return 1 <= 10 * digits[2] + digits[3] <= 12 and 1 <= (10 * digits[4] + digits[5]) % 60 <= 31 and luhn(digits)


def _fi_hetu(text: str) -> bool:
    digits = digits_of(text[:6] + text[7:10])
    return _HETU_LETTERS[int("".join(map(str, digits))) % 31] == text[-1].upper()


def _nl_bsn(text: str) -> bool:
    digits = digits_of(text)
    return len(set(digits)) > 1 and (weighted(digits[:8], range(9, 1, -1), 11) - digits[8]) % 11 == 0


def _be_national(text: str) -> bool:
    number = "".join(map(str, digits_of(text)))
    return any(97 - int(born + number[:9]) % 97 == int(number[9:]) for born in ("", "2"))


def _ch_ahv(text: str) -> bool:
    digits = digits_of(text)
    return (10 - weighted(digits[:12], (1, 3) * 6, 10)) % 10 == digits[12]


def _no_birth(text: str) -> bool:
    digits = digits_of(text)
    first = -weighted(digits[:9], (3, 7, 6, 1, 8, 9, 4, 5, 2), 11) % 11
    second = -weighted(digits[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11) % 11
    return digits[9:] == [first, second]


def _cn_resident(text: str) -> bool:
    letters = letters_of(text)
    total = weighted(digits_of(letters[:17]), (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), 11)
    born = is_date(int(letters[6:10]), int(letters[10:12]), int(letters[12:14]))
    return born and "10X98765432"[total] == letters[17]


def _za_id(text: str) -> bool:
    digits = digits_of(text)
    month, day = 10 * digits[2] + digits[3], 10 * digits[4] + digits[5]
    return 1 <= month <= 12 and 1 <= day <= 31 and digits[10] < 2 and luhn(digits)


def _tr_id(text: str) -> bool:
    digits = digits_of(text)
    tenth = (7 * sum(digits[0:9:2]) - sum(digits[1:8:2])) % 10
    return digits[0] != 0 and digits[9] == tenth and sum(digits[:10]) % 10 == digits[10]


def _kr_rrn(text: str) -> bool:
    digits = digits_of(text)
    return is_date(1996, 10 * digits[2] + digits[3], 10 * digits[4] + digits[5]) and 1 <= digits[6] <= 8


_SSN_WORDS = r"\b(?:ssn|social[ -]sec|itin|tax(?:payer)? id|tin\b)"

NATIONAL: tuple[Pattern, ...] = (
    Pattern("US_SSN", r"\b\d{3}-\d{2}-\d{4}\b", _us_ssn, score=0.95),
    Pattern("US_SSN", r"\b\d{3}[ .]?\d{2}[ .]?\d{4}\b", _us_ssn, _SSN_WORDS),
    Pattern("US_ITIN", r"\b9\d{2}-\d{2}-\d{4}\b", _us_itin, score=0.95),
    Pattern("US_ITIN", r"\b9\d{2}[ ]?\d{2}[ ]?\d{4}\b", _us_itin, _SSN_WORDS),
    Pattern("UK_NHS", r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b", _uk_nhs, r"\bnhs\b|national health|patient|health service"),
    Pattern("UK_NINO", r"(?i)\b[a-ceghj-prtw-z][a-ceghj-nprtw-z] ?\d{2} ?\d{2} ?\d{2} ?[a-d]\b"),
    Pattern("DE_TAX_ID", r"\b\d{2} ?\d{3} ?\d{3} ?\d{3}\b", _de_tax, r"steuer|tax|\bidnr\b|\btin\b"),
    Pattern("FR_NIR", r"\b[1-478] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b", _fr_nir),
    Pattern("IT_FISCAL_CODE", r"(?i)\b[a-z]{6}[\dl-v]{2}[abcdehlmprst][\dl-v]{2}[a-z][\dl-v]{3}[a-z]\b", _it_fiscal),
    Pattern("ES_NIF", r"(?i)\b\d{8}[- ]?[a-z]\b", _es_nif),
    Pattern("ES_NIE", r"(?i)\b[xyz][- ]?\d{7}[- ]?[a-z]\b", _es_nif),
    Pattern("IN_AADHAAR", r"\b\d{4}[ -]\d{4}[ -]\d{4}\b", _in_aadhaar),
    Pattern("IN_AADHAAR", r"\b\d{12}\b", _in_aadhaar, r"aa?dhaa?r|\buid"),
    Pattern("IN_PAN", r"\b[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]\b"),
    Pattern("AU_TFN", r"\b\d{3} ?\d{3} ?\d{3}\b", _au_tfn, r"\btfn\b|tax file"),
    Pattern("AU_MEDICARE", r"\b\d{4} ?\d{5} ?\d\b", _au_medicare, r"medicare"),
    Pattern("SG_NRIC_FIN", r"(?i)\b[stfgm]\d{7}[a-z]\b", _sg_fin),
    Pattern("PL_PESEL", r"\b\d{11}\b", _pl_pesel, score=0.8),
    Pattern("BR_CPF", r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b", _br_cpf),
    Pattern("BR_CPF", r"\b\d{11}\b", _br_cpf, r"\bcpf\b|cadastro"),
    Pattern("CA_SIN", r"\b\d{3}[ -]?\d{3}[ -]?\d{3}\b", _ca_sin, r"\bsin\b|social insurance"),
    Pattern("SE_PERSONNUMMER", r"\b(?:19|20)?\d{6}[-+]\d{4}\b", _se_personal, score=0.8),
    Pattern("FI_PERSONAL_IDENTITY_CODE", r"\b[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[\dA-Y]\b", _fi_hetu),
    Pattern("NL_BSN", r"\b\d{4}[. ]?\d{2}[. ]?\d{3}\b", _nl_bsn, r"\bbsn\b|burgerservice|sofi"),
    Pattern("BE_NATIONAL_NUMBER", r"\b\d{2}\.\d{2}\.\d{2}-\d{3}[.-]\d{2}\b", _be_national),
    Pattern("CH_AHV", r"\b756\.?\d{4}\.?\d{4}\.?\d{2}\b", _ch_ahv),
    Pattern("NO_FODSELSNUMMER", r"\b[0-7]\d[0156]\d{3} ?\d{5}\b", _no_birth, score=0.8),
    Pattern("DK_CPR", r"\b[0-3]\d[01]\d{3}-?\d{4}\b", None, r"\bcpr\b|personnummer"),
    Pattern("CN_RESIDENT_ID", r"\b[1-9]\d{5}(?:18|19|20)\d{2}[01]\d[0-3]\d{4}[\dXx]\b", _cn_resident),
    Pattern("ZA_ID", r"\b\d{6} ?\d{4} ?\d{3}\b", _za_id, r"\bid\b|identity|south africa"),
    Pattern("TR_NATIONAL_ID", r"\b[1-9]\d{10}\b", _tr_id, r"\bt\.?c\.?\b|tckn|kimlik"),
    Pattern("KR_RRN", r"\b\d{2}[01]\d[0-3]\d-[1-8]\d{6}\b", _kr_rrn),
    Pattern("MX_CURP", r"\b[A-Z][AEIOUX][A-Z]{2}\d{2}[01]\d[0-3]\d[HMX][A-Z]{2}[B-DF-HJ-NP-TV-Z]{3}[A-Z\d]\d\b"),
)
"""Types are Presidio's names where it has them."""
