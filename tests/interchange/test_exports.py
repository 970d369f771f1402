"""Calls written out, and read back."""

import gzip
import io
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import zstandard
from hypothesis import given, strategies as st

from slm_instrument import Call, Failure, Message, ToolCall, ToolSpec, Usage, open_store
from slm_instrument.errors import ConfigError, SlmInstrumentError
from slm_instrument.interchange import export_calls, import_files, read_native
from slm_instrument.interchange.openai_logs import OpenAIReader
from slm_instrument.testing import make_call

LOOK = ToolSpec("look", "Look it up", {"type": "object"})
FULL = make_call(
    id="c1",
    trace_id="t1",
    origin="ann",
    tools=(LOOK,),
    params={"temperature": 0.0, "parallel_tool_calls": False},
    response=Message("assistant", None, (ToolCall("look", '{"order": "A1"}', "call_1"),)),
    usage=Usage(3, 4),
    audience="human",
    labels={"customer": "gold"},
)


def lines(calls: list[Call], form: str, **options: Any) -> tuple[list[Any], Any]:
    out = io.BytesIO()
    report = export_calls(calls, out, form, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()], report


def test_native_loses_nothing(tmp_path: Path):
    calls = [FULL, make_call(id="c2", response=None, error=Failure("TimeoutError", "late")), make_call(id="c3")]
    file = tmp_path / "calls.jsonl"
    assert export_calls(calls, file).written == 3
    assert list(read_native(file, strict=True)) == calls


def test_an_export_read_into_the_same_store_adds_nothing_and_into_another_keeps_who_is_who(tmp_path: Path):
    one, other = open_store(f"sqlite:///{tmp_path}/one.db"), open_store(f"sqlite:///{tmp_path}/other.db")
    one.add_calls([make_call(id=f"c{n}", origin=origin) for n, origin in enumerate(["ann", "bob", "ann", None])])
    file = tmp_path / "calls.jsonl.zst"
    export_calls(one.iter_calls(), file)
    assert list(read_native(file)) == list(one.iter_calls())
    assert import_files(one, [file]).added == 0
    assert import_files(other, [file]).added == 4
    kept, origins = list(other.iter_calls()), [call.origin for call in one.iter_calls()]
    assert [replace(call, origin=None) for call in kept] == [replace(call, origin=None) for call in one.iter_calls()]
    assert kept[0].origin == kept[2].origin != kept[1].origin
    assert kept[3].origin is None
    assert not {call.origin for call in kept} & {"ann", "bob", *origins[:3]}
    one.close()
    other.close()


def test_openai_examples_are_the_prompt_and_the_answer():
    (line,), report = lines([replace(FULL, audience="agent")], "openai")
    assert line == {
        "messages": [
            *(message.to_openai() for message in FULL.messages),
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"order": "A1"}'}}
                ],
            },
        ],
        "tools": [LOOK.to_openai()],
        "parallel_tool_calls": False,
    }
    assert (report.written, report.left_out) == (1, {})


def test_earlier_answers_weigh_nothing_so_that_only_the_call_is_learned():
    prompt = (Message("user", "Hi"), Message("assistant", "Hello"), Message("user", "Where is A1?"))
    (line,), _ = lines([make_call(messages=prompt)], "openai")
    assert [message.get("weight") for message in line["messages"]] == [None, 0, None, None]
    (read,) = OpenAIReader().read(line) or ()
    assert read.messages == prompt


def test_a_tool_call_without_an_id_gets_one():
    asked = (ToolCall("look", "{}"), ToolCall("look", "{}"))
    (line,), _ = lines([make_call(response=Message("assistant", None, asked))], "openai")
    assert [call["id"] for call in line["messages"][-1]["tool_calls"]] == ["call_0", "call_1"]


def test_what_is_not_to_be_learned_is_left_out_and_counted():
    calls = [
        make_call(),
        make_call(audience="human"),
        make_call(response=None),
        make_call(error=Failure("TimeoutError")),
        make_call(served_by="slm:b1"),
    ]
    found, report = lines(calls, "openai")
    assert len(found) == report.written == 1
    reasons = {"talking to a person": 1, "unanswered": 1, "failed": 1, "answered by a student": 1}
    assert report.left_out == reasons
    found, report = lines(calls, "openai", include_human=True)
    assert len(found) == 2
    assert len(lines(calls, "native")[0]) == 5


# FineTuneChatRequestInput of OpenAI's OpenAPI document 2.3.0, in short.
_TEXT = {"type": "string"}
_CONTENT = {"anyOf": [_TEXT, {"type": "array", "items": {"properties": {"type": {"enum": ["text", "image_url"]}}}}]}
_FUNCTION = {"type": "object", "required": ["name"], "properties": {"name": {"pattern": "^[a-zA-Z0-9_-]{1,64}$"}}}
_ASKED = {
    "required": ["id", "type", "function"],
    "properties": {
        "id": _TEXT,
        "type": {"const": "function"},
        "function": {"required": ["name", "arguments"], "properties": {"name": _TEXT, "arguments": _TEXT}},
    },
}
_ROLES = {
    "system": ({"role", "content", "name"}, {"content": _CONTENT}),
    "user": ({"role", "content", "name"}, {"content": _CONTENT}),
    "tool": ({"role", "content", "tool_call_id"}, {"content": _CONTENT, "tool_call_id": _TEXT}),
    "assistant": (
        {"role", "content", "tool_calls", "weight", "name", "refusal"},
        {
            "content": {"anyOf": [_CONTENT, {"type": "null"}]},
            "weight": {"enum": [0, 1]},
            "tool_calls": {"type": "array", "minItems": 1, "items": _ASKED},
        },
    ),
}
EXAMPLE = {
    "type": "object",
    "required": ["messages"],
    "additionalProperties": False,
    "properties": {
        "messages": {
            "type": "array",
            "minItems": 2,
            "items": {
                "oneOf": [
                    {
                        "type": "object",
                        "required": ["role"],
                        "additionalProperties": False,
                        "properties": {name: {} for name in names} | properties | {"role": {"const": role}},
                    }
                    for role, (names, properties) in _ROLES.items()
                ]
            },
        },
        "tools": {
            "type": "array",
            "items": {
                "required": ["type", "function"],
                "properties": {"type": {"const": "function"}, "function": _FUNCTION},
            },
        },
        "parallel_tool_calls": {"type": "boolean"},
    },
}


def test_examples_are_of_the_form_that_openai_documents():
    dialogue = (
        Message("developer", "Be brief."),
        Message("user", [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "x"}}]),
        Message("assistant", None, (ToolCall("look", "{}"),)),
        Message("tool", "a lamp", tool_call_id="call_0"),
        Message("assistant", "A lamp."),
        Message("user", "And that?"),
    )
    sound = Message("user", [{"type": "input_audio", "input_audio": {"data": "x"}}])
    calls = [replace(FULL, audience="agent"), make_call(), make_call(messages=dialogue), make_call(messages=(sound,))]
    found, report = lines(calls, "openai")
    for line in found:
        jsonschema.validate(line, EXAMPLE)
        assert line["messages"][-1]["role"] == "assistant"
    assert found[2]["messages"][0]["role"] == "system"
    assert report.left_out == {"with audio or files": 1}


@given(st.lists(st.text(), min_size=1, max_size=4), st.text())
def test_an_example_read_back_is_the_same_exchange(prompts: list[str], answer: str):
    prompt = tuple(Message("user", text.encode("utf-8", "replace").decode()) for text in prompts)
    call = make_call(messages=prompt, response=Message("assistant", answer.encode("utf-8", "replace").decode()))
    (line,), _ = lines([call], "openai")
    (read,) = OpenAIReader().read(line) or ()
    assert (read.messages, read.response) == (call.messages, call.response)


@pytest.mark.parametrize(
    ("name", "unpacked"),
    [
        ("calls.jsonl", bytes),
        ("calls.jsonl.gz", gzip.decompress),
        ("calls.jsonl.zst", lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)),
    ],
)
def test_the_name_says_how_a_file_is_compressed_and_its_owner_alone_may_read_it(
    name: str, unpacked: Any, tmp_path: Path
):
    file = tmp_path / name
    export_calls([make_call(id="c1"), make_call(id="c2")], file)
    assert [json.loads(line)["id"] for line in unpacked(file.read_bytes()).splitlines()] == ["c1", "c2"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == [name]


def test_an_export_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    def failing() -> Iterator[Call]:
        yield make_call()
        raise RuntimeError("the store went away")

    file = tmp_path / "calls.jsonl"
    file.write_text("old")
    with pytest.raises(RuntimeError):
        export_calls(failing(), file)
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["calls.jsonl"]


def test_a_link_stays_one_and_what_is_no_file_is_written_as_it_goes(tmp_path: Path):
    target, link = tmp_path / "target.jsonl", tmp_path / "link.jsonl"
    target.write_text("old")
    link.symlink_to(target)
    export_calls([make_call()], link)
    assert link.is_symlink()
    assert json.loads(target.read_text())["response"]["content"] == "shipping"
    assert export_calls([make_call()], "/dev/null").written == 1
    assert Path("/dev/null").is_char_device()


def test_trouble_with_the_file_is_one_clear_line(tmp_path: Path):
    with pytest.raises(SlmInstrumentError, match=r"cannot write .*nowhere/calls\.jsonl: No such file"):
        export_calls([], tmp_path / "nowhere" / "calls.jsonl")
    with pytest.raises(SlmInstrumentError, match="cannot write"):
        export_calls([], tmp_path)
    with pytest.raises(ConfigError, match="unknown format 'xml'; there are: native, openai"):
        export_calls([], io.BytesIO(), "xml")


def test_calls_are_taken_one_at_a_time_and_progress_is_told():
    out, seen = io.BytesIO(), list[int]()

    def watched() -> Iterator[Call]:
        for at in range(3):
            yield make_call(id=f"c{at}")
            assert out.getvalue().count(b"\n") == at + 1

    export_calls(watched(), out, progress=lambda now: seen.append(now.done), total=3)
    assert seen == [0, 1, 2, 3]
