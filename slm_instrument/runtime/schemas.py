"""JSON values held against JSON schemas: the arguments of tools, and demanded forms of answers."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from slm_instrument.errors import MissingExtraError

_MOST = 256  # validators kept: an agent that makes its schemas anew for every call must not fill the memory
_validators: dict[bytes, Any] = {}


def violation(value: Any, schema: Mapping[str, Any]) -> str | None:
    """Where a value breaks a schema, in one line, or None.

    A schema that cannot be read, or that refers to another one elsewhere, is broken by every value: nothing is fetched.

    Raises:
        MissingExtraError: jsonschema is not installed.
    """
    try:
        from jsonschema import exceptions
    except ImportError as error:
        raise MissingExtraError("runtime", "a student that answers under a JSON schema") from error
    try:
        found: Any = _validator(schema).iter_errors(value)
        worst: Any = cast("Any", exceptions).best_match(found)  # its types are partly unknown
    except Exception as error:  # schemas are the user's: a type that is none, a pattern that does not compile
        return f"a JSON schema that cannot be read ({type(error).__name__})"
    return None if worst is None else f"{worst.json_path}: breaks {worst.validator!r}"


def _validator(schema: Mapping[str, Any]) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for
    from referencing import Registry

    key = msgspec.json.encode(schema)
    validator = _validators.get(key)
    if validator is None:
        if len(_validators) >= _MOST:
            _validators.clear()
        known: Any = validator_for(dict(schema), default=Draft202012Validator)
        validator = _validators[key] = known(dict(schema), registry=cast("Any", Registry)())
    return validator
