"""What a field's name says of its value: ``"password": "hunter2"`` is a secret, whatever it looks like.

Used for the fields of JSON objects and for ``name: value`` in texts.
"""

import re
from functools import lru_cache

_CASE = re.compile(r"[^a-z0-9]+")

PASSWORD, API_KEY, TOKEN = "PASSWORD", "API_KEY", "ACCESS_TOKEN"
PERSON, BORN, PHONE = "PERSON", "DATE_OF_BIRTH", "PHONE_NUMBER"
SSN, PASSPORT, LICENSE = "US_SSN", "PASSPORT", "DRIVER_LICENSE"
CARD, CVV, PIN, LAST4 = "CREDIT_CARD", "CARD_CVV", "PIN", "CARD_LAST4"
IBAN, ACCOUNT = "IBAN_CODE", "BANK_ACCOUNT"
STREET, ZIP, EMAIL = "STREET_ADDRESS", "ZIP_CODE", "EMAIL_ADDRESS"
USER = "USER_ID"

# Words of a name have an underscore between them here, and anything or nothing in texts.
_NAMES: dict[str, str] = {
    PERSON: "first_name last_name full_name surname given_name family_name middle_name maiden_name fore_name "
    "patient_name customer_name employee_name contact_name card_holder card_holder_name account_holder passenger_name "
    "guest_name",
    BORN: "dob date_of_birth birth_date birth_day",
    PHONE: "phone phone_number phone_no telephone telephone_number tel mobile mobile_number mobile_phone cell "
    "cell_phone cell_number home_phone work_phone fax fax_number whats_app msisdn",
    EMAIL: "e_mail e_mail_address mail_address",
    SSN: "ssn social_security_number social_security social_security_no",
    PASSPORT: "passport passport_number passport_no",
    LICENSE: "drivers_license driver_license drivers_license_number driver_license_number driving_licence "
    "driving_licence_number",
    CARD: "card_number card_no credit_card credit_card_number debit_card_number cc_number cc_num "
    "primary_account_number",
    CVV: "cvv cvc cvv2 cvc2 card_cvv card_cvc",
    PIN: "pin pin_code card_pin",
    LAST4: "last_4 last_four card_last_4 card_last_four last_4_digits last_four_digits",
    IBAN: "iban iban_number iban_code",
    ACCOUNT: "account_number account_no bank_account bank_account_number acct_number acct_no routing_number "
    "sort_code bsb",
    STREET: "street street_address address_1 address_2 address_line_1 address_line_2 address_line street_line_1 "
    "street_line_2 street_1 street_2 home_address billing_address shipping_address mailing_address delivery_address",
    ZIP: "zip zip_code postal_code post_code",
    USER: "user_id user_name login customer_id member_id patient_id employee_id",
    PASSWORD: "password passwd pw passphrase pass_phrase pwd user_password db_password admin_password root_password "
    "old_password new_password current_password password_hash",
    API_KEY: "api_key secret_key private_key access_key access_key_id secret_access_key aws_secret_access_key "
    "aws_access_key_id client_secret app_secret api_secret secret signing_key signing_secret encryption_key master_key "
    "shared_secret webhook_secret x_api_key subscription_key account_key shared_access_key connection_string",
    TOKEN: "access_token refresh_token auth_token bearer_token api_token id_token session_token session_id csrf_token "
    "authorization proxy_authorization cookie set_cookie verification_code auth_code "
    "bearer jwt security_token aws_session_token "
    "personal_access_token github_token otp one_time_password",
}
NAMES: tuple[str, ...] = tuple(name for names in _NAMES.values() for name in names.split())
"""All names, with an underscore between their words."""
_TYPE_OF_NAME = {name.replace("_", ""): type for type, names in _NAMES.items() for name in names.split()}
_SECRET_ENDING = re.compile(
    r"(?:password|passwd|passphrase|apikey|secretkey|accesskey|clientsecret|authtoken|accesstoken)$"
)

SECRETS = frozenset({PASSWORD, API_KEY, TOKEN})
UNSURE = frozenset({USER})  # numbers and names of accounts: personal, but what agents work with; level strict only

_LONGEST = 200  # characters; only secrets are longer

# What a value must look like to be one of its field's type; the others take anything that is not empty.
_PLAUSIBLE: dict[str, re.Pattern[str]] = {
    PERSON: re.compile(r"[^\W\d_][^\n<>{}@=]{0,79}"),
    BORN: re.compile(r"(?=\D*\d)[\w ,./-]{4,30}"),
    PHONE: re.compile(r"(?:\D?\d){6,16}\D{0,4}(?:\d{1,6})?|[+(]?[\d(][\d ()./+-]{4,24}\d"),
    EMAIL: re.compile(r"[^\s@]+@[^\s@]+"),
    SSN: re.compile(r"\d{3}[- .]?\d{2}[- .]?\d{4}"),
    PASSPORT: re.compile(r"(?=.*\d.*\d.*\d)[A-Za-z0-9 -]{5,15}"),
    LICENSE: re.compile(r"(?=.*\d.*\d.*\d)[A-Za-z0-9 *-]{5,20}"),
    CARD: re.compile(r"(?:\d[ -]?){11,18}\d"),
    CVV: re.compile(r"\d{3,4}"),
    PIN: re.compile(r"\d{4,8}"),
    LAST4: re.compile(r"\d{4}"),
    IBAN: re.compile(r"[A-Za-z]{2}\d{2}[A-Za-z0-9 ]{10,38}"),
    ACCOUNT: re.compile(r"(?=.*\d.*\d.*\d.*\d)[A-Za-z0-9 -]{5,34}"),
    STREET: re.compile(r"(?=.*\w)[^\n{}<>=]{3,120}"),
    ZIP: re.compile(r"(?=.*\d)[A-Za-z0-9 -]{3,10}"),
    USER: re.compile(r"[\w.@+-]{3,80}"),
    PASSWORD: re.compile(r"\S(?:.{0,198}\S)?"),
    API_KEY: re.compile(r"[^\s]{6,}|(?=.*;).{12,}"),
    TOKEN: re.compile(r"(?:(?:Bearer|Basic|Token) )?[^\s]{4,}|(?=.*[=;]).{8,}"),
}
# Values that stand for none: empty words, variables of a template or a shell, stars, what a schema says.
_NO_VALUE = re.compile(
    r"(?i)(?:null|none|nil|undefined|true|false|string|str|text|integer|number|object|required|optional|unknown|n/?a|"
    r"redacted|hidden|changeme|empty|[*x•.#_-]+|\$\{?\w+\}?|\{\{?.*\}?\}|<.*>|%\w+%|os\.\w.*|process\.env.*|env\..*|\[.*\]|"
    r"your[-_ ].*|.*\(.*\))"
)


@lru_cache(maxsize=4096)
def type_of_key(key: str) -> str | None:
    """The type that a field of this name holds, or None where the name says nothing.

    >>> type_of_key("dbPassword"), type_of_key("Date of birth"), type_of_key("city")
    ('PASSWORD', 'DATE_OF_BIRTH', None)
    """
    if len(key) > 60:
        return None
    name = _CASE.sub("", key.lower())
    found = _TYPE_OF_NAME.get(name)
    if found is None and name.endswith("s"):
        found = _TYPE_OF_NAME.get(name[:-1])
    if found is None and (ending := _SECRET_ENDING.search(name)):
        found = _TYPE_OF_NAME.get(ending[0])
    return found


def plausible(type: str, value: str) -> bool:
    """Whether a field's value can be of the type that its name says."""
    if len(value) > _LONGEST:
        return type in SECRETS
    return bool(_PLAUSIBLE[type].fullmatch(value)) and not _NO_VALUE.fullmatch(value)
