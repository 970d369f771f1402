"""Plain data of anything."""

import json
from dataclasses import dataclass

import pytest
from hypothesis import given, strategies as st

from slm_instrument.canonical import canonical_json
from slm_instrument.plain import plain, plain_mapping, plain_media, plain_text


class Hostile:
    def __repr__(self):
        raise RuntimeError("no")

    __str__ = __repr__


@dataclass
class Secret:
    password: str = "hunter2"


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.just(object())
    | st.builds(Hostile)
    | st.just(int)
    | st.complex_numbers(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers() | st.none(), inner)
        | st.tuples(inner)
        | st.sets(st.integers())
    ),
    max_leaves=20,
)


@given(ANYTHING)
def test_everything_has_a_plain_form_that_is_json_and_stays_as_it_is(value):
    for made in (plain(value), plain_media(value), plain_mapping(value)):
        assert plain(json.loads(canonical_json(made))) == plain(made)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda i: st.lists(i), max_leaves=10))
def test_json_data_is_left_alone(value):
    assert plain(value) == value


def test_objects_are_named_and_never_shown():
    assert plain({"a": Secret(), "b": Secret, "c": b"12345"}) == {"a": "<Secret>", "b": "<Secret>", "c": "<5 bytes>"}


def test_a_structure_that_holds_itself_ends():
    loop = []
    loop.append(loop)
    assert "<too deep>" in json.dumps(plain(loop))
    assert json.dumps(plain_media({"loop": loop}))


@pytest.mark.parametrize(("text", "expected"), [("plain", "plain"), ("ä", "ä"), ("\ud83d!", "?!")])
def test_text_without_a_utf8_form_is_replaced(text, expected):
    assert plain_text(text) == expected


def test_media_is_kept_by_size_and_digest():
    image = "data:image/png;base64," + "A" * 100_000
    kept = plain_media({"type": "image_url", "image_url": {"url": image, "detail": "low"}})
    assert kept["image_url"]["detail"] == "low"
    assert kept["image_url"]["url"].startswith("data:image/png;base64,<100022 characters, sha256:")
    assert len(json.dumps(kept)) < 300
    assert plain_media({"url": "https://x/y.png"}) == {"url": "https://x/y.png"}
