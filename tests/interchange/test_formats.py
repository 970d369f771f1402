"""What holds for every format."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from slm_instrument import Call, open_store
from slm_instrument.errors import ConfigError, InputError
from slm_instrument.interchange import FORMATS, format_named, import_files
from slm_instrument.interchange.files import LogFile
from slm_instrument.interchange.reading import BadLine, Format, calls_in

TEXT = st.text(max_size=8)
NAMES = [
    *("id", "type", "role", "content", "messages", "response", "request", "body", "custom_id", "choices", "message"),
    *("inputs", "outputs", "input", "output", "run_type", "extra", "metadata", "generations", "kwargs", "lc", "data"),
    *("call_type", "startTime", "start_time", "usage", "usageDetails", "tool_calls", "function", "arguments", "name"),
    *("error", "tools", "system", "prompt", "prompts", "text", "tags", "model_parameters", "request_id", "weight"),
]
WORDS = [
    "llm",
    "GENERATION",
    "completion",
    "user",
    "assistant",
    "ai",
    "AIMessage",
    "text",
    "tool_use",
    "chat.completion",
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.sampled_from(WORDS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=20,
)
RECORDS = VALUES | st.fixed_dictionaries(
    {"id": st.just("1"), "type": st.just("GENERATION"), "run_type": st.just("llm"), "call_type": st.just("completion")},
    optional={name: VALUES for name in NAMES if name not in ("id", "type", "run_type", "call_type")},
)

EXAMPLE = {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}]}
RUN = {
    "id": "r1",
    "run_type": "llm",
    "inputs": {"messages": [{"role": "user", "content": "Hello"}]},
    "outputs": {"output": "Hi"},
}
OBSERVATION = {"id": "o1", "type": "GENERATION", "traceId": "t1", "input": "Hello", "output": "Hi"}
LOG = {
    "id": "l1",
    "call_type": "acompletion",
    "messages": [{"role": "user", "content": "Hello"}],
    "response": {"choices": [{"message": {"role": "assistant", "content": "Hi"}}]},
}
NATIVE = {"id": "n1", "messages": [{"role": "user", "content": "Hello"}], "response": {"content": "Hi"}}
ONE_OF_EACH = {"native": NATIVE, "litellm": LOG, "langsmith": RUN, "langfuse": OBSERVATION, "openai": EXAMPLE}


def write(path: Path, *records: Any) -> LogFile:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return LogFile(path)


@given(record=RECORDS)
def test_any_record_gives_calls_or_a_reason_why_not_in_every_format(record: Any):
    for format in FORMATS.values():
        with contextlib.suppress(InputError):
            assert all(isinstance(call, Call) for call in format.reader().read(record) or ())
        if isinstance(record, dict):
            assert format.knows(record) in (True, False)


@pytest.mark.parametrize(("name", "record"), ONE_OF_EACH.items(), ids=ONE_OF_EACH)
def test_auto_takes_every_record_for_what_it_is(name: str, record: dict[str, Any]):
    assert next(known for known, format in FORMATS.items() if format.knows(record)) == name


def test_auto_reads_a_mixed_file_and_says_what_it_held(tmp_path: Path):
    file = write(tmp_path / "mixed.jsonl", *ONE_OF_EACH.values(), {"what": "is this"}, [1])
    with_store = open_store("memory://")
    report = import_files(with_store, [file.path], format="auto")
    assert (report.read, report.bad) == (5, 2)
    assert report.guessed == tuple(ONE_OF_EACH)
    assert {bad.reason for bad in report.bad_lines} == {"of no format that is known"}
    assert import_files(with_store, [file.path], format="auto").added == 0


@pytest.mark.parametrize(("name", "key"), [("langsmith", "runs"), ("langfuse", "data"), ("litellm", "data")])
def test_a_page_of_an_api_is_its_records(name: str, key: str, tmp_path: Path):
    record = ONE_OF_EACH[name]
    page = {key: [record, {"broken": True}, record], "meta": {"page": 1}}
    bad: list[BadLine] = []
    calls = calls_in([write(tmp_path / "page.json", page)], format_named(name), on_bad=bad.append)
    assert len(list(calls)) == 2
    assert len(bad) == 1


def test_a_reader_remembers_over_lines_and_files_and_ends_with_what_waited(tmp_path: Path):
    class Pairs:
        def __init__(self) -> None:
            self.waiting: list[Any] = []

        def read(self, record: Any) -> list[Call] | None:
            if record == "note":
                return None
            self.waiting.append(record)
            if len(self.waiting) < 2:
                return []
            found = [Call(id=str(each)) for each in self.waiting]
            self.waiting = []
            return found

        def finish(self) -> list[Call]:
            if self.waiting:
                raise InputError(f"{self.waiting} is alone")
            return [Call(id="end")]

    format = Format(Pairs, knows=lambda record: True)
    one, two = write(tmp_path / "1.jsonl", 1, "note"), write(tmp_path / "2.jsonl", 2)
    passed: list[None] = []
    calls = calls_in([one, two], format, on_passed=lambda: passed.append(None))
    assert [call.id for call in calls] == ["1", "2", "end"]
    assert len(passed) == 1
    bad: list[BadLine] = []
    assert list(calls_in([one], format, on_bad=bad.append)) == []
    assert [str(each) for each in bad] == ["1.jsonl: [1] is alone"]
    with pytest.raises(InputError, match=r"1\.jsonl: \[1\] is alone"):
        list(calls_in([one], format, strict=True))


def test_an_unknown_format_is_named_with_those_there_are():
    with pytest.raises(ConfigError, match=r"unknown format 'xml'; there are: native, .*auto"):
        format_named("xml")


def test_a_parquet_file_is_told_apart_from_a_log(tmp_path: Path):
    file = tmp_path / "runs.parquet"
    file.write_bytes(b"PAR1\x15\x04\x15 binary PAR1")
    with pytest.raises(InputError, match="is a Parquet file: turn it into JSON lines first"):
        list(calls_in([LogFile(file)], format_named("langsmith")))
