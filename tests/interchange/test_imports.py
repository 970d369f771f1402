"""Importing into a real store."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from slm_instrument import open_store
from slm_instrument.errors import ConfigError, InputError
from slm_instrument.interchange import import_files
from slm_instrument.interchange.imports import BAD_LINES_KEPT
from slm_instrument.progress import Progress
from slm_instrument.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'calls.db'}")
    yield store
    store.close()


def call(at: int) -> str:
    return json.dumps(
        {
            "trace_id": f"t{at}",
            "call_index": 0,
            "messages": [{"role": "system", "content": "Classify."}, {"role": "user", "content": f"message {at}"}],
            "response": {"role": "assistant", "content": "yes" if at % 2 else "no"},
            "labels": {"gold": "yes"},
        }
    )


def write(path: Path, lines: list[str]) -> Path:
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


def test_importing_twice_adds_nothing(store: Store, tmp_path: Path):
    path = write(tmp_path / "a.jsonl.gz", [call(at) for at in range(25)])
    first = import_files(store, [path], batch=10)
    again = import_files(store, [path], batch=7)
    assert (first.read, first.added, first.already_there, first.bad) == (25, 25, 0, 0)
    assert (again.read, again.added, again.already_there) == (25, 0, 25)
    stored = list(store.iter_calls())
    assert [one.messages[1].text for one in stored] == [f"message {at}" for at in range(25)]
    assert stored[0].labels == {"gold": "yes"}


def test_progress_goes_from_the_first_byte_to_the_last(store: Store, tmp_path: Path):
    one = write(tmp_path / "a.jsonl.gz", [call(at) for at in range(25)])
    two = write(tmp_path / "b.jsonl.gz", [call(at) for at in range(25, 40)])
    seen: list[Progress] = []
    import_files(store, [one, two], batch=10, progress=seen.append)
    size = one.stat().st_size + two.stat().st_size
    assert {now.total for now in seen} == {size}
    assert (seen[0].done, seen[-1].done) == (0, size)
    assert [now.done for now in seen] == sorted(now.done for now in seen)


def test_bad_lines_are_counted_and_the_first_kept(store: Store, tmp_path: Path):
    path = write(tmp_path / "a.jsonl.gz", [call(0), *["{"] * 50, call(1)])
    report = import_files(store, [path])
    assert (report.read, report.bad) == (2, 50)
    assert [bad.line for bad in report.bad_lines] == list(range(2, 2 + BAD_LINES_KEPT))
    assert report.bad_lines[0].file == "a.jsonl.gz"


def test_strict_keeps_what_came_before_the_bad_line(store: Store, tmp_path: Path):
    path = write(tmp_path / "a.jsonl.gz", [call(0), call(1), "{", call(2)])
    with pytest.raises(InputError, match=r"a\.jsonl\.gz:3: not JSON"):
        import_files(store, [path], strict=True)
    assert store.count_calls() == 2


def test_a_missing_file_is_found_before_anything_is_written(store: Store, tmp_path: Path):
    path = write(tmp_path / "a.jsonl.gz", [call(0)])
    with pytest.raises(InputError, match="cannot read"):
        import_files(store, [path, tmp_path / "missing.jsonl"])
    assert store.count_calls() == 0


def test_an_unknown_format_names_those_there_are(store: Store, tmp_path: Path):
    with pytest.raises(ConfigError, match="unknown format 'xml'; there are: native"):
        import_files(store, [], format="xml")
