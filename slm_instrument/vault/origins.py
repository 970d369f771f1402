"""Ids of people, sessions and tenants that applications note on calls: kept as keyed pseudonyms."""

from collections.abc import Mapping
from typing import Any, cast

from slm_instrument.vault.keyring import Keyring

# As frameworks and users write them, without regard to capitals and underscores.
_NAMES = frozenset({
    "user", "userid", "username", "enduser", "enduserid", "session", "sessionid", "thread", "threadid",
    "conversation", "conversationid", "tenant", "tenantid", "customer", "customerid", "account", "accountid",
    "patient", "patientid", "employee", "employeeid", "member", "memberid", "safetyidentifier",
    "langfuseuserid", "langfusesessionid",
})  # fmt: skip


def names_an_origin(name: str) -> bool:
    """Whether a label of that name holds the id of a person, a session or a tenant."""
    return name.lower().replace("_", "").replace("-", "").replace(".", "") in _NAMES


def pseudonymised(notes: Mapping[str, Any], keyring: Keyring) -> Mapping[str, Any]:
    """Notes with pseudonyms in place of the ids of people; the same object when there are none.

    The pseudonym is that of an origin: a label ``user_id`` and the call's origin are equal where the ids were.
    """
    made = {name: _pseudonymised(name, value, keyring) for name, value in notes.items()}
    return made if any(made[name] is not value for name, value in notes.items()) else notes


def _pseudonymised(name: str, value: Any, keyring: Keyring) -> Any:
    if isinstance(value, str | int | float) and not isinstance(value, bool) and names_an_origin(str(name)):
        return keyring.pseudonym(str(value))
    return pseudonymised(cast("Mapping[str, Any]", value), keyring) if isinstance(value, Mapping) else value
