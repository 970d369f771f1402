"""What stage one finds in a text, and what it must leave alone."""

import pytest

from slm_instrument.redaction.find import find
from slm_instrument.redaction.policy import Level, Policy

STANDARD, STRICT = Policy(), Policy(level=Level.STRICT)


def types_and_texts(text, policy=STANDARD):
    return [(finding.type, text[finding.start : finding.end]) for finding in find(text, policy)]


@pytest.mark.parametrize(
    "text",
    [
        "write to [ann.lee+x@mail.example.org].",
        "<[ann@example.co.uk]>, 'b'",
        "Ann (mailto:[ann_lee@example.museum])",
        r"{\"email\": \"[ann@example.org]\"}",
        r"first line\n[ann@example.org]",
        "[änne@exämple.de] schrieb",
        "日本語 [ann@example.jp] 日本語",
        "a@b, @home, x@y.z and user@host are none; [j@x.io] is",
    ],
)
def test_email_addresses(text):
    assert_found(text, "EMAIL_ADDRESS")


@pytest.mark.parametrize(
    "text",
    [
        "reach us on [+44 20 7946 0958].",
        "[+1 (415) 555-0132] ext",
        "Fax: [+41 (0)71 526 99 04]",
        "[(415) 555-0132], [415-555-0133] and [415.555.0134]",
        "[415-555-0132x4587] is Ann's",
        "Tél. [01.84.17.61.18]",
        "mobile [0490 75 40 81]",
        "she is at [021-4006034] today",
        "call me at [4155550132]",
        "Phone: [99 668472]",
        "[321 45 678] office",
        "message to [699 956 915] please",
        "my number is [9472 7916]",
        "ring [\u0667\u0668\u0669 555 0132]",  # Arabic-Indic digits
        "phone [+44\u00a020\u00a07946\u20110958]",  # no-break spaces, a no-break hyphen
        r"call\n[415-555-0132]\nor",
    ],
)
def test_telephone_numbers(text):
    assert_found(text, "PHONE_NUMBER")


@pytest.mark.parametrize(
    "text",
    [
        "order 4155550132 and invoice no. 99 668472",
        "order #W2611340, item 9523456873, user mia_li_3668, tracking 1234567890",
        "on 2024-05-06 12:30, 06/05/2024, 2019-2021, 1998 - 2004, 20240506123000",
        "lines 276-281, pages 149-158, 10. 2023",
        "it costs $4,155.00 or 12 345 678 USD, pi is 3.14159265",
        "version 10.15.7.1234 of 1.2.3, ratio 1:2000000",
        "call f(1, 2, 3), call 911, id 123456789, commit 4f5e6d7c8b9a",
        "at 1700000000 or 1700000000000 the clock stood",
        "size 1920x1080; 100 200 300 400",
        "550e8400-e29b-41d4-a716-446655440000 and 22222222-3333-4444-5555-666677778888",
        "(1) one (2) two (2020) three",
        "std::string a::b 12:30:45 ::1 127.0.0.1 0.0.0.0",
        "numpy-1.24.1.2 pandas 2.2.3.2",
        "the password is required; Password: enter it; password = get_password()",
        "token: str, secret = os.environ['SECRET'], api_key=config.api_key, password=password",
        '{"password": null, "token": "<TOKEN>", "secret": "${SECRET}", "api_key": "***"}',
        "tokens: 4096, max_tokens=1000, the key is in the door, access: granted",
        "GB12 is a postcode area, GB00ABCD12345678901234 is no account",
        "4111 1111 1111 1112 has a wrong check digit",
    ],
)
def test_ordinary_numbers_and_words_are_left_alone(text):
    assert types_and_texts(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "pay with [4111 1111 1111 1111] 12/27",
        "[378282246310005]",
        "[3782-822463-10005]",
        "n=[5555555555554444];",
        "my card is [4111 1111 1111 1112]",
        "Visa [4222222222222]",
        "credit card [630495060000000000]",
    ],
)
def test_payment_cards(text):
    assert_found(text, "CREDIT_CARD")


@pytest.mark.parametrize(
    "text",
    [
        "[GB82 WEST 1234 5698 7654 32] is mine",
        "to [DE89370400440532013000].",
        "[nl91abna0417164300] with",
        "[AT61 1904 3002 3457 3201] with love",
        "IBAN [FR7630006000011234567890189]",
        "iban: [DE89370400440532013001]",  # mistyped
    ],
)
def test_ibans(text):
    assert_found(text, "IBAN_CODE")


def test_wallets():
    assert_found("send to [1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2]", "CRYPTO")
    assert_found("[bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq]", "CRYPTO")
    assert_found("[0x52908400098527886E0F7030069857D2E4169EE7]", "CRYPTO")
    assert types_and_texts("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3 has a wrong check") == []


def test_machines():
    assert_found("from [192.168.17.4] to [2001:db8:85a3::8a2e:370:7334]", "IP_ADDRESS")
    assert_found("resolver at ip [8.8.8.8]", "IP_ADDRESS")
    assert_found("NIC [00:1B:44:11:3A:B7]", "MAC_ADDRESS")
    assert_found("postgresql://[shop:hunter2]@db.internal:5432/shop", "URL_CREDENTIALS")


def test_addresses():
    assert_found("ship to [747 Maple Drive], [Suite 422], Springfield", "STREET_ADDRESS")
    assert_found("wohnt [Lindenstraße 12a] in", "STREET_ADDRESS")
    assert_found("Houston, TX [77207], USA", "ZIP_CODE")
    assert_found("London [SW1A 1AA]", "ZIP_CODE")


def test_what_a_text_calls_personal():
    assert_found("born on [5 March 1980] in Rome", "DATE_OF_BIRTH")
    assert_found("DOB: [1980-03-05]", "DATE_OF_BIRTH")
    assert_found("my driver's license number is [F16282354]", "DRIVER_LICENSE")
    assert_found("Passport no. [X1234567]", "PASSPORT")
    assert_found("First name: [Ann]\nLast name: [Lee Wong]", "PERSON")
    assert_found("the card ending in [4242]", "CARD_LAST4")
    assert_found("CVV [123]", "CARD_CVV")
    assert_found("my zip code is [28236].", "ZIP_CODE")


def test_unsure_findings_are_for_level_strict():
    text = "user id: mia_li_3668, order 415-555-0132"
    assert types_and_texts(text) == []
    assert types_and_texts(text, STRICT) == [("USER_ID", "mia_li_3668"), ("PHONE_NUMBER", "415-555-0132")]


def assert_found(marked, type):
    """``[...]`` marks what is found in a text, and nothing else is."""
    text, wanted = marked, []
    while "[" in text:
        start, end = text.index("["), text.index("]")
        wanted.append((type, text[start + 1 : end]))
        text = text[:start] + text[start + 1 : end] + text[end + 1 :]
    assert types_and_texts(text) == wanted
