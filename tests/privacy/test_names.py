"""The second stage finds people in what agents say, in any length, without a connection, and leaves tokens alone."""

import subprocess
import sys
from itertools import pairwise

import pytest

from slm_instrument.errors import ConfigError, MissingExtraError
from slm_instrument.redaction.placeholders import Entity

pytest.importorskip("presidio_analyzer", reason="NOT TESTED: names need the extra [privacy]", exc_type=ImportError)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

from slm_instrument.privacy.names import NamesRecogniser, NamesSettings  # noqa: E402
from slm_instrument.privacy.names.models import model_path  # noqa: E402


@pytest.fixture(scope="module")
def names() -> NamesRecogniser:
    return NamesRecogniser(NamesSettings(tagger=None))


def found(names: NamesRecogniser, text: str) -> set[tuple[str, str]]:
    return {(finding.type, text[finding.start : finding.end]) for finding in names.find_many([text])[0]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yesterday Barack Obama met Angela Merkel in Berlin.", ("PERSON", "Barack Obama")),
        ("Yesterday Barack Obama met Angela Merkel in Berlin.", ("LOCATION", "Berlin")),
        ("hi, my name is priya raman and i need help", ("PERSON", "priya raman")),
        ('{"first_name": "Tuva", "last_name": "Ek"}', ("PERSON", "Ek")),
        ('{"user": "{\\"last_name\\": \\"Okonkwo\\"}"}', ("PERSON", "Okonkwo")),
        ("**Passengers:** Tuva Ek, Ravi Menon and Ola Brandt", ("PERSON", "Ola Brandt")),
        ("It goes to 4410 Juniper Hollow Road, Suite 12, Dayton, OH 45402.", ("LOCATION", "4410 Juniper Hollow Road")),
        ("It goes to 4410 Juniper Hollow Road, Suite 12, Dayton, OH 45402.", ("ZIP_CODE", "45402")),
        ("Er wohnt in der Lindenstraße 14.", ("LOCATION", "Lindenstraße 14")),
        ("She is a 43-year-old nurse.", ("AGE", "43")),
        ('{"dob": "1971-03-09"}', ("DATE_TIME", "1971-03-09")),
        ("my user id is tuva_ek_4821", ("USER_ID", "tuva_ek_4821")),
        ("refund it to the Visa ending in 4242", ("CARD_LAST4", "4242")),
        ("She was diagnosed with multiple sclerosis.", ("MEDICAL_DISEASE_DISORDER", "multiple sclerosis")),
        ("I take 20 mg of atorvastatin.", ("MEDICAL_MEDICATION", "atorvastatin")),
        ("The MRN is 00482913.", ("MEDICAL_RECORD_NUMBER", "00482913")),
        ("diagnosis: E11.9", ("MEDICAL_CODE", "E11.9")),
    ],
)
def test_what_a_person_can_be_known_by_is_found(names: NamesRecogniser, text: str, expected: tuple[str, str]) -> None:
    assert expected in found(names, text)


@pytest.mark.parametrize(
    "text",
    [
        "Multiple sclerosis is a disease of the nervous system.",
        'self.assertEqual(response.status_code, 200)  # "product_id": "8310926033"',
        "My name is not important, and neither is the time.",
        "It takes 30 minutes by the way.",
        '{"properties": {"city": {"type": "string"}, "first_name": {"type": "string"}}}',
    ],
)
def test_what_names_nobody_stays(names: NamesRecogniser, text: str) -> None:
    assert found(names, text) == set()


def test_tokens_and_placeholders_are_neither_found_nor_touched(names: NamesRecogniser) -> None:
    token = Entity(bytes(16), "EMAIL_ADDRESS", "").token
    text = f"my name is {token} and Barack Obama wrote to <PERSON_12>, {token}, in Berlin."
    findings = names.find_many([text])[0]
    assert {text[f.start : f.end] for f in findings} == {"Barack Obama", "Berlin"}


def test_a_long_text_is_searched_to_its_end_with_the_right_places(names: NamesRecogniser) -> None:
    line = "The build took a while and the tests of the second part went on without an error.\n"
    text = line * 600 + "Barack Obama lives in Chicago.\n" + line * 20
    findings = names.find_many(["", text])[1]
    at = text.index("Barack")
    assert ("PERSON", at, at + 12) in {(f.type, f.start, f.end) for f in findings}
    assert all(a.end <= b.start for a, b in pairwise(findings))


def test_only_the_types_asked_for_are_found() -> None:
    only = NamesRecogniser(NamesSettings(tagger=None, types=frozenset({"PERSON"})))
    assert found(only, "Barack Obama met Angela Merkel in Berlin on 2 May 2019.") == {
        ("PERSON", "Barack Obama"),
        ("PERSON", "Angela Merkel"),
    }


def test_a_model_that_is_not_there_is_said_and_not_fetched(tmp_path: object) -> None:
    with pytest.raises(ConfigError, match="no_such_model"):
        model_path(NamesSettings(model="no_such_model"))
    with pytest.raises(MissingExtraError, match=r"\[privacy\]"):
        model_path(NamesSettings(language="xx"))
    with pytest.raises(ConfigError, match="no ONNX token classifier"):
        NamesRecogniser(NamesSettings(tagger=str(tmp_path)))


_WITHOUT_NETWORK = """
import socket, sys, warnings
def refused(*args, **kwargs):
    raise SystemExit("a connection was opened: %r" % (args,))
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.create_connection = refused
from slm_instrument.privacy.names import NamesRecogniser, NamesSettings
text = "Barack Obama, ann@example.co.uk, https://example.org, lives in Berlin."
findings = NamesRecogniser(NamesSettings(tagger=None)).find_many([text])[0]
assert any(f.type == "PERSON" for f in findings), findings
"""


def test_no_connection_is_opened() -> None:
    done = subprocess.run([sys.executable, "-c", _WITHOUT_NETWORK], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
