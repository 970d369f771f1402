"""Specs name comparators, and users add their own."""

from dataclasses import dataclass

import pytest

from slm_instrument.canonical import AnswerKind
from slm_instrument.comparators import (
    Comparator,
    Json,
    NormalForm,
    Number,
    ToolCalls,
    comparator,
    default_comparator,
    register,
)
from slm_instrument.comparators.registry import _known
from slm_instrument.errors import ConfigError
from slm_instrument.records import Message


@dataclass(frozen=True)
class Suffix(Comparator):
    """The last letters count."""

    letters: int = 1

    def agrees(self, given, wanted):
        return given.text[-self.letters :] == wanted.text[-self.letters :]


def first_letter(given, wanted):
    return given.text[:1] == wanted.text[:1]


@pytest.fixture
def names():
    before = dict(_known)
    yield
    _known.clear()
    _known.update(before)


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    (tmp_path / "own_rules.py").write_text(
        "def same(given, wanted):\n    return given.text == wanted.text\nnothing = 3\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize(
    ("spec", "made"),
    [
        ("normal_form", NormalForm()),
        ("json", Json()),
        (" json() ", Json()),
        ("json(ignore=notes|a.*.b, empty=absent)", Json(ignore=("notes", "a.*.b"), empty="absent")),
        ("tool_call(unordered=search.tags,order=any)", ToolCalls(unordered=("search.tags",), order="any")),
        ("number(tolerance=0.5)", Number(tolerance=0.5)),
    ],
)
def test_specs(spec, made):
    assert comparator(spec) == made


@pytest.mark.parametrize(
    ("spec", "because"),
    [
        ("", "no comparator"),
        ("json(", "no comparator"),
        ("jsonn", r"no comparator 'jsonn' \(there are normal_form, json, tool_call, number, text"),
        ("json(ignored=a)", r"no option ignored \(there are: ignore, unordered, empty\)"),
        ("json(a)", "'a' is not OPTION=VALUE"),
        ("json(empty=maybe)", "maybe"),
        ("number(tolerance=little)", r"Expected `float`.*tolerance"),
        ("text(case=no)", r"no option case \(there are: none\)"),
        ("no_such_module_here:rule", "importing no_such_module_here failed with ModuleNotFoundError"),
        ("own_rules:other", "no such object"),
        ("own_rules:nothing", "neither a Comparator class nor a function"),
        ("own_rules:same(a=1)", "has no options"),
    ],
)
@pytest.mark.usefixtures("own_module")
def test_what_is_no_comparator_is_said(spec, because):
    with pytest.raises(ConfigError, match=because):
        comparator(spec)


@pytest.mark.usefixtures("names")
class TestOwn:
    def test_a_class_with_options(self):
        register("suffix", Suffix)
        assert comparator("suffix(letters=2)") == Suffix(2)
        assert comparator("suffix(letters=2)").agrees(Message("assistant", "cat"), Message("assistant", "bat"))

    def test_a_function(self):
        register("first", first_letter)
        assert comparator("first").agrees(Message("assistant", "cat"), Message("assistant", "cow"))

    def test_a_name_is_no_spec(self):
        with pytest.raises(ConfigError, match="no name"):
            register("first(letter)", first_letter)

    @pytest.mark.usefixtures("own_module")
    def test_by_module(self):
        assert comparator("own_rules:same").agrees(Message("assistant", "a"), Message("assistant", "a"))

    def test_by_entry_point(self, tmp_path, monkeypatch):
        (tmp_path / "packaged_rules.py").write_text("def same(given, wanted):\n    return True\n")
        info = tmp_path / "packaged_rules-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: packaged-rules\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[slm_instrument.comparators]\nalways = packaged_rules:same\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        assert comparator("always", trusted=False).agrees(Message("assistant", "a"), Message("assistant", "b"))


@pytest.mark.usefixtures("own_module", "names")
class TestOfBundles:
    def test_no_code_is_imported_because_a_bundle_says_so(self):
        for spec in ("own_rules:same", "embedding", "judge(model=own_rules:same)"):
            with pytest.raises(ConfigError, match="is for offline jobs"):
                comparator(spec, trusted=False)

    def test_what_the_process_knows_is_taken(self):
        register("first", first_letter)
        assert comparator("json(empty=absent)", trusted=False) == Json(empty="absent")
        assert comparator("first", trusted=False).agrees(Message("assistant", "a"), Message("assistant", "ab"))


class TestDefault:
    @pytest.mark.parametrize("kind", list(AnswerKind))
    def test_answers_must_be_the_same(self, kind):
        assert default_comparator(kind) == "normal_form"

    def test_a_declared_set_has_no_order(self):
        tags = {"type": "array", "uniqueItems": True, "items": {"type": "string"}}
        search = {"type": "object", "properties": {"tags": tags, "q": {"type": "string"}}}
        deep = {"properties": {"rows": {"type": "array", "items": {"properties": {"tags": tags}}}}}
        spec = default_comparator(AnswerKind.TOOL_CALL, {"search": search, "add": deep})
        assert spec == "tool_call(unordered=add.rows.*.tags|search.tags)"
        assert comparator(spec) == ToolCalls(unordered=("add.rows.*.tags", "search.tags"))
        assert default_comparator(AnswerKind.JSON, {"": search}) == "json(unordered=tags)"

    def test_a_place_that_no_spec_can_say_keeps_its_order(self):
        odd = {"properties": {"a,b": {"uniqueItems": True}}}
        assert default_comparator(AnswerKind.JSON, {"": odd}) == "normal_form"
