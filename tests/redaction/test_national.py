"""Numbers that states give: right ones are found, ones with a wrong check digit are not."""

import pytest

from slm_instrument.redaction.find import find
from slm_instrument.redaction.policy import Policy

# Published examples of each authority, or numbers made with its rule.
RIGHT = [
    ("US_SSN", "SSN ", "536-90-4399"),
    ("US_SSN", "social security number: ", "536904399"),
    ("US_ITIN", "", "912-70-1234"),
    ("UK_NHS", "NHS number ", "943 476 5919"),
    ("UK_NINO", "", "AB 12 34 56 C"),
    ("DE_TAX_ID", "Steuer-ID ", "86095742719"),
    ("FR_NIR", "", "2 55 08 14 168 025 38"),
    ("IT_FISCAL_CODE", "", "RSSMRA85T10A562S"),
    ("ES_NIF", "", "12345678Z"),
    ("ES_NIE", "", "X1234567L"),
    ("IN_AADHAAR", "", "3123-4567-8909"),
    ("IN_AADHAAR", "aadhaar ", "399876543211"),
    ("IN_PAN", "", "ABCPE1234F"),
    ("AU_TFN", "TFN ", "876 543 210"),
    ("AU_MEDICARE", "medicare card ", "2123 45670 1"),
    ("SG_NRIC_FIN", "", "S2740116C"),
    ("PL_PESEL", "", "44051401359"),
    ("BR_CPF", "", "111.444.777-35"),
    ("CA_SIN", "SIN ", "130 692 544"),
    ("SE_PERSONNUMMER", "", "811228-9874"),
    ("FI_PERSONAL_IDENTITY_CODE", "", "131052-308T"),
    ("NL_BSN", "BSN ", "111222333"),
    ("BE_NATIONAL_NUMBER", "", "85.07.30-033.28"),
    ("CH_AHV", "", "756.9217.0769.85"),
    ("NO_FODSELSNUMMER", "", "151086 95088"),
    ("DK_CPR", "CPR ", "070761-4285"),
    ("CN_RESIDENT_ID", "", "11010519491231002X"),
    ("ZA_ID", "South African ID ", "8001015009087"),
    ("TR_NATIONAL_ID", "T.C. kimlik ", "10000000146"),
    ("KR_RRN", "", "851013-1234567"),
    ("MX_CURP", "", "HEGG560427MVZRRL04"),
]
# None, or one that is not the last digit.
WITHOUT_CHECK = {"AU_MEDICARE", "UK_NINO", "IN_PAN", "DK_CPR", "KR_RRN", "MX_CURP", "US_SSN", "US_ITIN"}


@pytest.mark.parametrize(("type", "before", "number"), RIGHT)
def test_right_numbers_are_found(type, before, number):
    text = f"{before}{number} is hers"
    assert [(f.type, text[f.start : f.end]) for f in find(text, Policy())] == [(type, number)]


@pytest.mark.parametrize(("type", "before", "number"), [row for row in RIGHT if row[0] not in WITHOUT_CHECK])
def test_numbers_with_a_wrong_digit_are_not(type, before, number):
    place = next(at for at in range(len(number) - 1, -1, -1) if number[at].isdigit())
    wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    assert type not in {finding.type for finding in find(f"{before}{wrong} is hers", Policy())}


@pytest.mark.parametrize("number", ["000-12-3456", "666-12-3456", "123-00-4567", "123-45-0000", "93-456-78901"])
def test_what_is_never_given_out_is_no_ssn(number):
    assert find(f"it is {number} then", Policy()) == []


def test_a_part_of_a_longer_name_is_none():
    for text in ("22222222-3333-4444-5555-666677778888", "30.180000000000007", "x-536-90-4399-7"):
        assert find(text, Policy()) == []
