"""Credentials. All keys here are put together at run time, so that no scanner takes this file for a leak."""

import random
import string

import pytest

from slm_instrument.redaction.find import find
from slm_instrument.redaction.policy import Level, Policy
from slm_instrument.redaction.secrets import SECRET_TYPES

SECRETS = Policy(level=Level.SECRETS)
LETTERS = string.ascii_letters + string.digits


def made(*parts):
    """A key: numbers among the parts stand for that many random letters and digits."""
    chance = random.Random(7)
    return "".join("".join(chance.choices(LETTERS, k=part)) if isinstance(part, int) else part for part in parts)


KEYS = {
    "aws": made("AK", "IA", "IOSFODNN7EXAMPLE"),
    "github": made("gh", "p_", 36),
    "github cut": made("gh", "o_", 20),
    "github fine-grained": made("github", "_pat_", 22, "_", 59),
    "openai": made("sk", "-", 48),
    "openai project": made("sk", "-proj-", 60),
    "anthropic": made("sk", "-ant-api03-", 93, "AA"),
    "slack": made("xo", "xb-123456789012-123456789012-", 24),
    "stripe": made("sk", "_live_", 24),
    "google": made("AI", "za", 35),
    "hugging face": made("h", "f_", 34),
    "gitlab": made("gl", "pat-", 20),
    "sendgrid": made("S", "G.", 22, ".", 43),
    "npm": made("np", "m_", 36),
    "jwt": made("ey", "J", 30, ".ey", "J", 60, ".", 43),
}


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("around", ["use {} now", '{{"x": "{}"}}', "X='{}'", "({})", "{}", "a\\n{}\\nb", "key={}&n=1"])
def test_vendors_keys(name, around):
    key = KEYS[name]
    text = around.format(key)
    assert [text[f.start : f.end] for f in find(text, SECRETS)] == [key]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password: hunter2", "hunter2"),
        ("Password is S3cret!pass.", "S3cret!pass"),
        ("DB_PASSWORD=letmein\nHOST=db", "letmein"),
        ("{'password': 'two words', 'user': 'ann'}", "two words"),
        ('export API_KEY="abc-def-123"', "abc-def-123"),
        ("client_secret = 'x9y8z7w6v5'", "x9y8z7w6v5"),
        (f"Authorization: Bearer {made(40)}", f"Bearer {made(40)}"),
        (f"curl -H 'X: 1' -H 'Authorization: Bearer {made(40)}'", f"Bearer {made(40)}"),
        ("mongodb+srv://ann:p%40ss@cluster0.example.net/db", "ann:p%40ss"),
        ("redis://:hunter2@cache:6379/0", ":hunter2"),
        (f"AccountName=x;AccountKey={made(60)}==;EndpointSuffix=y", f"{made(60)}=="),
        (f"aws_secret_access_key = {made(40)}", made(40)),
        ("cvv: 123", "123"),
    ],
)
def test_values_that_are_called_secret(text, secret):
    assert [text[f.start : f.end] for f in find(text, SECRETS)] == [secret]


@pytest.mark.parametrize("kind", ["RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", ""])
@pytest.mark.parametrize("end", ["-----END {}PRIVATE KEY-----", ""])
def test_private_keys_whole_or_cut(kind, end):
    body = "\n".join(made(64) for _ in range(8))
    block = f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n" + end.format(kind)
    text = f"here: {block}"
    (finding,) = find(text, SECRETS)
    assert finding.type == "PRIVATE_KEY"
    assert body in text[finding.start : finding.end]


def test_level_secrets_leaves_people_alone():
    text = f"ann@example.org, 415-555-0132, 4111 1111 1111 1111, {KEYS['github']}, password: hunter2"
    assert {finding.type for finding in find(text, SECRETS)} <= SECRET_TYPES
    assert len(find(text, SECRETS)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "def login(password: str, token: str | None = None) -> Session:",
        "password = request.form['password']; secret = get_secret(name)",
        "self.api_key = api_key or os.environ.get('API_KEY')",
        "The access token is sent in the Authorization header.",
        "Set password: <your password here>, api_key: YOUR_API_KEY, secret: ${SECRET}",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "https://example.org/path/with-a-long-name/and/key-concepts/token-economy",
        "task-sk-learn, risk_assessment_of_the_whole_portfolio, desk-based-research-methods",
    ],
)
def test_code_and_prose_about_secrets_hold_none(text):
    assert find(text, SECRETS) == []
