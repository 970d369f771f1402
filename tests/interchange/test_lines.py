"""Files as streams of lines: compression, line ends, damage."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, strategies as st

from slm_instrument.errors import InputError
from slm_instrument.interchange import BadLine, read_native
from slm_instrument.interchange.cut import lines

COMPRESS: dict[str, Callable[[bytes], bytes]] = {"plain": bytes, "gz": gzip.compress, "zst": zstandard.compress}
compressions = pytest.mark.parametrize("compress", COMPRESS.values(), ids=COMPRESS)


def line(text: str, **more: Any) -> bytes:
    call = {
        "messages": [{"role": "user", "content": text}],
        "response": {"role": "assistant", "content": "ok"},
        **more,
    }
    return json.dumps(call).encode()


def texts(path: Path, **options: Any) -> list[str]:
    return [call.messages[0].text for call in read_native(path, **options)]


def bad_lines(path: Path) -> list[BadLine]:
    bad: list[BadLine] = []
    texts(path, on_bad=bad.append)
    return bad


@compressions
def test_compression_is_told_by_content_not_by_name(tmp_path: Path, compress: Callable[[bytes], bytes]):
    path = tmp_path / "calls.log"
    path.write_bytes(compress(line("a") + b"\n" + line("b") + b"\n"))
    assert texts(path) == ["a", "b"]


@compressions
def test_a_byte_order_mark_crlf_blank_lines_and_no_last_newline(tmp_path: Path, compress: Callable[[bytes], bytes]):
    path = tmp_path / "calls.jsonl"
    path.write_bytes(compress(b"\xef\xbb\xbf" + line("a") + b"\r\n\r\n   \n\n" + line("b") + b"\r\n" + line("c")))
    assert texts(path, strict=True) == ["a", "b", "c"]


@compressions
def test_an_empty_file_holds_nothing(tmp_path: Path, compress: Callable[[bytes], bytes]):
    path = tmp_path / "calls.jsonl"
    path.write_bytes(compress(b""))
    assert texts(path, strict=True) == []


@compressions
def test_a_line_of_many_megabytes(tmp_path: Path, compress: Callable[[bytes], bytes]):
    path = tmp_path / "calls.jsonl"
    path.write_bytes(compress(line("a") + b"\n" + line("x" * 20_000_000) + b"\n" + line("b")))
    assert [len(text) for text in texts(path, strict=True)] == [1, 20_000_000, 1]


@pytest.mark.parametrize("name", ["gz", "zst"])
def test_several_compressed_files_in_one(tmp_path: Path, name: str):
    path = tmp_path / f"calls.jsonl.{name}"
    compress = COMPRESS[name]
    path.write_bytes(compress(line("a") + b"\n" + line("b")[:20]) + compress(line("b")[20:]) + bytes(100_000))
    assert texts(path, strict=True) == ["a", "b"]


@pytest.mark.parametrize("name", ["gz", "zst"])
@pytest.mark.parametrize("cut", [1, 8, 200])
def test_a_cut_compressed_file_is_reported_and_what_came_before_is_read(tmp_path: Path, name: str, cut: int):
    # Each call in a member of its own, so that all but the last survive the cut.
    data = b"".join(COMPRESS[name](line(f"{at:0500}") + b"\n") for at in range(50))
    path = tmp_path / "calls.jsonl"
    path.write_bytes(data[:-cut])
    bad: list[BadLine] = []
    read = texts(path, on_bad=bad.append)
    assert len(read) in (47, 48, 49, 50)  # a cut checksum still gives the text
    assert [(one.line, one.reason) for one in bad] == [(len(read) + 1, "the file ends inside its compressed data")]
    with pytest.raises(InputError, match=f"calls.jsonl:{len(read) + 1}: the file ends inside"):
        texts(path, strict=True)


@pytest.mark.parametrize("name", ["gz", "zst"])
def test_broken_compressed_data_is_reported(tmp_path: Path, name: str):
    member = COMPRESS[name](line("a") + b"\n")
    path = tmp_path / "calls.jsonl"
    path.write_bytes(member + b"no compressed data at all")
    (bad,) = bad_lines(path)
    assert bad.line == 2
    assert "the compressed data is broken" in bad.reason


def test_bad_lines_are_reported_with_number_and_reason_and_skipped(tmp_path: Path):
    path = tmp_path / "calls.jsonl"
    content = [
        line("a"),
        b"{",
        b"",
        b"[1]",
        b'{"messages": 1}',
        b"\xff\xfe",
        b'{"a": "\xff"}',
        b"[" * 100_000,
        line("b"),
    ]
    path.write_bytes(b"\n".join(content))
    assert texts(path, on_bad=lambda bad: None) == ["a", "b"]
    found = {bad.line: bad.reason.split(" (")[0] for bad in bad_lines(path)}
    assert found == {
        2: "not JSON",
        4: "not an object but list",
        5: "Expected `array`, got `int` - at `$.messages`",
        6: "not JSON",
        7: "not UTF-8",
        8: "JSON nested too deeply",
    }
    assert str(bad_lines(path)[0]).startswith("calls.jsonl:2: not JSON")


def test_bad_lines_are_logged_by_default(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b"{\n" + line("a"))
    assert texts(path) == ["a"]
    assert "calls.jsonl:1: not JSON" in caplog.text


def test_strict_stops_at_the_first_bad_line_and_names_it(tmp_path: Path):
    path = tmp_path / "calls.jsonl"
    path.write_bytes(line("a") + b"\nnope\n" + line("b"))
    calls = read_native(path, strict=True)
    assert next(calls).messages[0].text == "a"
    with pytest.raises(InputError) as caught:
        next(calls)
    assert str(caught.value).startswith(f"{path}:2: not JSON")


def test_what_cannot_be_read_is_one_clear_line(tmp_path: Path):
    with pytest.raises(InputError, match=r"cannot read .*missing\.jsonl: No such file"):
        read_native(tmp_path / "missing.jsonl")
    with pytest.raises(InputError, match="Is a directory"):
        read_native(tmp_path)


@given(st.lists(st.binary(max_size=20)))
def test_cutting_into_lines_does_not_depend_on_the_chunks(chunks: list[bytes]):
    assert list(lines(chunks)) == b"".join(chunks).split(b"\n")
