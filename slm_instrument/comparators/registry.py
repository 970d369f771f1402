"""Comparators by their spec: ``NAME``, or ``NAME(OPTION=VALUE,...)``, a list of values with ``|`` between them."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, cast, get_origin, get_type_hints

import msgspec

from slm_instrument.canonical import AnswerKind
from slm_instrument.comparators.base import Comparator
from slm_instrument.comparators.json_value import Json
from slm_instrument.comparators.texts import NormalForm, Number, Text
from slm_instrument.comparators.tools import ToolCalls
from slm_instrument.errors import ConfigError
from slm_instrument.records import Message

Rule = Callable[[Message, Message], bool]

NORMAL_FORM = "normal_form"  # the spec of equality, the strictest rule
GROUP = "slm_instrument.comparators"  # of entry points
LISTED = "|"

_SPEC = re.compile(r"(?P<name>[^\s()]+)(?:\((?P<options>.*)\))?", re.DOTALL)
_OBJECT = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*(?:\.[^\W\d]\w*)*")

# Those that ask a model are named, not imported: who compares live calls has no models at hand.
_known: dict[str, type[Comparator] | Rule | str] = {
    NORMAL_FORM: NormalForm,
    "json": Json,
    "tool_call": ToolCalls,
    "number": Number,
    "text": Text,
    "embedding": "slm_instrument.curate.meaning:Embedding",
    "judge": "slm_instrument.curate.meaning:Judge",
}


def register(name: str, made_by: type[Comparator] | Rule) -> None:
    """Let specs use a comparator of one's own by a short name; the name's earlier comparator is replaced.

    A process that only reads a bundle must register it as well: an entry point in the group
    ``slm_instrument.comparators``, or the spec ``MODULE:OBJECT``, does without.

    Args:
        name: letters, digits, ``_`` and ``-``.
        made_by: a :class:`Comparator` class, whose fields are the options, or a function that says whether a given
            message agrees with a wanted one.

    Raises:
        ConfigError: the name is none.
    """
    if not re.fullmatch(r"[\w-]+", name):
        raise ConfigError(f"{name!r} is no name for a comparator: use letters, digits, _ and -")
    _known[name] = made_by


def comparator(spec: str, *, trusted: bool = True) -> Comparator:
    """The comparator that a spec names: see :mod:`slm_instrument.comparators`.

    Args:
        spec: the user's, or a bundle's.
        trusted: whether code may be imported because the spec names it. A process that answers calls loads bundles that
            others made, and takes from them only comparators that it knows by name and that ask no model.

    Raises:
        ConfigError: there is no such comparator, it has no such option, or the option cannot have that value; or the
            spec is not trusted and names code or a comparator that is offline only.
    """
    match = _SPEC.fullmatch(spec.strip())
    if match is None:
        raise ConfigError(f"{spec!r} is no comparator: write NAME or NAME(OPTION=VALUE,...)")
    made_by = _found(match["name"], trusted=trusted)
    options = dict(_options(spec, match["options"] or ""))
    if inspect.isclass(made_by) and issubclass(made_by, Comparator):
        return _made(spec, made_by, options)
    if inspect.isclass(made_by) or not callable(made_by):
        raise ConfigError(f"{match['name']} is neither a Comparator class nor a function of two messages")
    if options:
        raise ConfigError(f"the comparator {match['name']} is a function and has no options")
    return _Function(cast("Rule", made_by))


def default_comparator(kind: AnswerKind, schemas: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """The spec of the comparator for answers of that kind: the normal form, but that the items of a set have no order.

    Args:
        kind: of the task's answers.
        schemas: what the answers are declared to be, as JSON schemas: of the arguments of each tool by its name, of
            JSON answers under ``""``. An array with ``uniqueItems`` is a set.
    """
    name = {AnswerKind.JSON: "json", AnswerKind.TOOL_CALL: "tool_call"}.get(kind)
    if name is None:
        return NORMAL_FORM
    declared = sorted((schemas or {}).items())
    places = (place for tool, schema in declared for place in _sets(schema, (tool,) if tool else ()))
    # A place that the spec cannot say stays ordered, which is the stricter rule.
    sets = LISTED.join(dict.fromkeys(place for place in places if place and not set(place) & set("(),=|")))
    return f"{name}(unordered={sets})" if sets else NORMAL_FORM


@dataclass(frozen=True, slots=True)
class _Function(Comparator):
    rule: Rule

    def agrees(self, given: Message, wanted: Message) -> bool:
        return self.rule(given, wanted)


def _found(name: str, *, trusted: bool) -> object:
    known = _known.get(name)
    if known is None:
        entry = next(iter(entry_points(group=GROUP, name=name)), None)
        if entry is not None:
            return load_object(entry.value, "comparator")
        known = name
    if not isinstance(known, str):
        return known
    if not trusted and _OBJECT.fullmatch(known):
        raise ConfigError(f"the comparator {name} is for offline jobs: register a name for it, or an entry point")
    return load_object(known, "comparator", _known)


def load_object(name: str, what: str, instead: Mapping[str, Any] | None = None) -> Any:
    """The object that ``MODULE:OBJECT`` names.

    Args:
        name: of the object.
        what: it should be, for the error.
        instead: names that could be meant, for the error.

    Raises:
        ConfigError: there is no such object, or its module cannot be imported.
    """
    if not _OBJECT.fullmatch(name):
        others = f" (there are {', '.join(instead)}, and MODULE:OBJECT)" if instead else ": write MODULE:OBJECT"
        raise ConfigError(f"there is no {what} {name!r}{others}")
    module, _, path = name.partition(":")
    try:
        found: Any = import_module(module)
    except Exception as error:  # whatever the user's own code raises
        raise ConfigError(f"{what} {name}: importing {module} failed with {type(error).__name__}: {error}") from error
    for part in path.split("."):
        found = getattr(found, part, None)
    if found is None:
        raise ConfigError(f"{what} {name}: the module has no such object")
    return found


def _options(spec: str, text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(",") if text.strip() else ():
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise ConfigError(f"comparator {spec}: {part.strip()!r} is not OPTION=VALUE")
        yield name.strip(), value.strip()


def _made(spec: str, kind: type[Comparator], options: Mapping[str, str]) -> Comparator:
    known = list(inspect.signature(kind).parameters)
    unknown = [name for name in options if name not in known]
    if unknown:
        others = ", ".join(known) or "none"
        raise ConfigError(f"comparator {spec}: there is no option {unknown[0]} (there are: {others})")
    hints = get_type_hints(kind)
    values = {name: value.split(LISTED) if _is_list(hints.get(name)) else value for name, value in options.items()}
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"comparator {spec}: {error}") from error


def _is_list(hint: Any) -> bool:
    return get_origin(hint) in (tuple, list, frozenset, set)


def _sets(schema: Mapping[str, Any], place: tuple[str, ...]) -> Iterator[str]:
    """The places of arrays with ``uniqueItems``, looked for in properties and items."""
    if schema.get("uniqueItems") is True:
        yield ".".join(place)
    below = schema.get("properties")
    for key, value in cast("Mapping[str, Any]", below).items() if isinstance(below, Mapping) else ():
        if isinstance(value, Mapping):
            yield from _sets(cast("Mapping[str, Any]", value), (*place, key))
    items = schema.get("items")
    if isinstance(items, Mapping):
        yield from _sets(cast("Mapping[str, Any]", items), (*place, "*"))
