"""Whole JSON documents and tables, cut into records."""

import contextlib
import csv
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from slm_instrument.errors import InputError
from slm_instrument.interchange.cut import Row, document, parsed, records_of, rows
from slm_instrument.interchange.files import DamagedFileError, LogFile

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.text('"\\[]{},\n', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def records(tmp_path: Path, text: str | bytes, name: str = "log.json") -> list[tuple[int, Any]]:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return [(number, parsed(raw)) for number, raw in records_of(LogFile(path)) if raw and not _is_blank(raw)]


def _is_blank(raw: Any) -> bool:
    return isinstance(raw, bytes) and raw.isspace()


def cut_up(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(st.lists(JSON, min_size=1), st.sampled_from([None, 1, 2]), st.lists(st.integers(0, 500), max_size=6))
def test_a_list_is_cut_into_its_elements_whatever_the_chunks(values: list[Any], indent: int | None, cuts: list[int]):
    data = json.dumps(values, indent=indent, ensure_ascii=False).encode()
    assert [json.loads(value) for _, value in document(cut_up(data, cuts))] == values


@given(st.lists(st.dictionaries(st.text(max_size=4), JSON, min_size=1, max_size=3), min_size=1))
def test_objects_one_after_another_are_told_apart(values: list[Any]):
    data = "\n".join(json.dumps(value, indent=2) for value in values).encode()
    assert [json.loads(value) for _, value in document([data])] == values


@given(st.lists(st.sampled_from([b"[", b"]", b"{", b"}", b'"', b"\\", b",", b"1", b" ", b"\n"])))
def test_no_junk_is_more_than_damage(pieces: list[bytes]):
    with contextlib.suppress(DamagedFileError):
        list(document(pieces))


def test_a_file_is_told_by_how_it_begins(tmp_path: Path):
    objects = [{"a": 1}, {"a": 2}]
    assert records(tmp_path, '{"a": 1}\n{"a": 2}\n') == [(1, objects[0]), (2, objects[1])]
    assert records(tmp_path, json.dumps(objects)) == [(1, objects[0]), (1, objects[1])]
    assert records(tmp_path, json.dumps(objects, indent=2)) == [(2, objects[0]), (5, objects[1])]
    assert records(tmp_path, json.dumps(objects[0], indent=2)) == [(1, objects[0])]
    assert records(tmp_path, "\ufeff \n [\n]\n") == []


def test_a_broken_element_does_not_take_its_neighbours_with_it(tmp_path: Path):
    path = tmp_path / "log.json"
    path.write_text('[{"a": 1},\n nonsense,\n {"b": },\n {"a": 2},]')
    found: list[tuple[int, Any]] = []
    for number, raw in records_of(LogFile(path)):
        try:
            found.append((number, parsed(raw)))
        except InputError as error:
            found.append((number, str(error).split(" (")[0]))
    assert found == [(1, {"a": 1}), (2, "not JSON"), (3, "not JSON"), (4, {"a": 2})]


@pytest.mark.parametrize("end", ['{"a": 1}, {"b', '{"a": 1},', '{"a": 1}, "text', '{"a": 1}'])
def test_a_document_that_ends_too_early_is_damaged_and_what_came_before_is_read(end: str):
    cut = document([f"[{end}".encode()])
    assert json.loads(next(cut)[1]) == {"a": 1} if end != '{"a": 1}' else True
    with pytest.raises(DamagedFileError, match="the file ends before its JSON does"):
        list(cut)


def test_a_value_of_many_megabytes(tmp_path: Path):
    values = [{"text": 'x"\\' * 4_000_000}, {"text": "y"}]
    assert [value for _, value in records(tmp_path, json.dumps(values))] == values


def test_a_table_has_its_names_first_and_its_json_cells_are_read(tmp_path: Path):
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["id", "input", "output", "cost"])
    table.writerow(["a", json.dumps([{"role": "user", "content": 'He said:\n"no, thanks"'}]), "{not json", "0.5"])
    table.writerow(["b", "", "two\nlines", ""])
    found = records(tmp_path, "\ufeff" + out.getvalue(), "export.csv")
    asked = [{"role": "user", "content": 'He said:\n"no, thanks"'}]
    assert found == [
        (2, {"id": "a", "input": asked, "output": "{not json", "cost": "0.5"}),
        (3, {"id": "b", "output": "two\nlines"}),
    ]


def test_a_cell_may_be_larger_than_the_library_allows(tmp_path: Path):
    assert records(tmp_path, f"id,input\na,{'x' * 500_000}\n", "log.csv") == [(2, {"id": "a", "input": "x" * 500_000})]


def test_odd_quotes_spoil_their_own_row_only():
    lines = [b"id,text", b'a,"quoted" badly', b"b,good", b"c", b"d,too,many", b"", b'e,"never closed', b"f,lost"]
    found: list[tuple[int, Any]] = []
    for number, raw in rows(lines):
        try:
            found.append((number, parsed(raw)))
        except InputError as error:
            found.append((number, str(error)))
    assert found == [
        (2, "not a row of a table (',' expected after '\"')"),
        (3, {"id": "b", "text": "good"}),
        (4, "1 cells under 2 names of columns"),
        (5, "3 cells under 2 names of columns"),
        (7, "not a row of a table (unexpected end of data)"),
    ]


def test_an_empty_table_holds_nothing():
    assert list(rows([b""])) == []
    assert list(rows([b"id,text"])) == []
    assert [raw for _, raw in rows([b"id", b"a"])] == [Row(["id"], ["a"])]
