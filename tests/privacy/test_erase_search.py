"""The search that proves an erasure finds what is there, wherever it lies."""

import io
import os

import pytest
from hypothesis import given, strategies as st

from slm_instrument.privacy import erase_search
from slm_instrument.privacy.erase_scrub import searched_beside
from slm_instrument.privacy.erase_search import LEAST, Searcher


@given(st.binary(max_size=200), st.binary(min_size=LEAST, max_size=60), st.binary(max_size=200))
def test_a_needle_is_found_at_any_place(before, needle, after):
    assert Searcher([needle]).count(io.BytesIO(before + needle + after)) == (len(before + needle + after), 1)


@given(st.integers(0, 3000), st.integers(LEAST, 50))
def test_also_across_pieces_of_the_file(monkeypatch_module, start, length):
    data = os.urandom(3100)
    assert Searcher([os.urandom(40), data[start : start + length]]).count(io.BytesIO(data)) == (3100, 1)


@given(st.binary(min_size=LEAST, max_size=40), st.binary(max_size=400))
def test_what_is_not_there_is_not_found(needle, data):
    assert Searcher([needle]).count(io.BytesIO(data))[1] == (needle in data)


def test_another_process_searches_many_files(tmp_path):
    files = [tmp_path / name for name in ("one", "two", "none")]
    needles = [os.urandom(32) for _ in range(300)]
    files[0].write_bytes(b"x" * 5000 + needles[7] + needles[299])
    files[1].write_bytes(b"")
    assert searched_beside(files, needles) == {str(files[0]): (5064, 2), str(files[1]): (0, 0)}


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(erase_search, "_CHUNK", 1000)
        yield
