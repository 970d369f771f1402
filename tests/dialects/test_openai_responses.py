"""Responses: items are read into the messages of a chat."""

from slm_instrument.dialects.openai_responses import read_reply, read_request
from slm_instrument.records import Failure, Message, ToolCall, ToolSpec, Usage


def prompt(*items, **fields):
    return read_request({"model": "m", "input": list(items), **fields}).messages


def test_instructions_and_plain_text():
    found = read_request({"model": "m", "instructions": "Help.", "input": "Hi"})
    assert found.messages == (Message("system", "Help."), Message("user", "Hi"))


def test_a_dialogue_with_tools():
    found = prompt(
        {"role": "user", "content": [{"type": "input_text", "text": "Where?"}]},
        {"type": "reasoning", "summary": [], "encrypted_content": "x"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Looking."}]},
        {"type": "function_call", "call_id": "1", "name": "track", "arguments": "{}"},
        {"type": "function_call", "call_id": "2", "name": "map", "arguments": "[]"},
        {"type": "function_call_output", "call_id": "1", "output": "lost"},
        {"type": "function_call_output", "call_id": "2", "output": [{"type": "input_text", "text": "nowhere"}]},
    )
    assert found == (
        Message("user", "Where?"),
        Message("assistant", "Looking.", (ToolCall("track", "{}", "1"), ToolCall("map", "[]", "2"))),
        Message("tool", "lost", tool_call_id="1"),
        Message("tool", "nowhere", tool_call_id="2"),
    )


def test_a_tool_call_without_words_and_tools_of_other_kinds():
    found = prompt(
        {"type": "custom_tool_call", "call_id": "1", "name": "sql", "input": "SELECT 1"},
        {"type": "custom_tool_call_output", "call_id": "1", "output": "1"},
        {"type": "local_shell_call", "call_id": "2", "action": {"command": ["ls"]}},
        {"type": "web_search_call", "id": "ws", "status": "completed"},
        {"type": "item_reference", "id": "x"},
    )
    assert found[0] == Message("assistant", None, (ToolCall("sql", "SELECT 1", "1"),))
    assert found[2].tool_calls == (ToolCall("local_shell", '{"command": ["ls"]}', "2"),)
    assert found[3].text == "[web_search_call]"
    assert len(found) == 4


def test_images_and_files_in_chat_form():
    (found,) = prompt(
        {"role": "user", "content": [
            {"type": "input_image", "image_url": "https://x/y.png", "detail": "high"},
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64," + "A" * 9_000},
        ]}
    )  # fmt: skip
    image, file = found.content
    assert image == {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "high"}}
    assert file["file"]["filename"] == "a.pdf"
    assert "sha256" in file["file"]["file_data"]


def test_the_rest_of_a_request():
    form = {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}
    found = read_request({
        "model": "m", "input": "x", "text": {"format": form, "verbosity": "low"}, "reasoning": {"effort": "low"},
        "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}, {"type": "web_search"}],
        "previous_response_id": "resp_0", "conversation": {"id": "conv_1"}, "prompt": {"id": "pmpt_1"}, "user": "u",
    })  # fmt: skip
    inner = {"name": "n", "schema": {"type": "object"}, "strict": True}
    assert found.response_format == {"type": "json_schema", "json_schema": inner}
    assert found.params == {"verbosity": "low", "reasoning": {"effort": "low"}}
    assert found.tools == (ToolSpec("f", None, {"type": "object"}), ToolSpec("web_search"))
    assert found.labels == {"previous_response_id": "resp_0", "conversation_id": "conv_1", "prompt_id": "pmpt_1"}
    assert found.origin == "u"


def text_item(*texts):
    return {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": text} for text in texts],
    }


def test_the_output_is_one_answer():
    found = read_reply({
        "id": "r", "model": "m-1", "status": "completed",
        "output": [{"type": "reasoning", "summary": []}, {"type": "web_search_call"}, text_item("a", "b"),
                   {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"}, text_item("c")],
        "usage": {"input_tokens": 9, "output_tokens": 4, "input_tokens_details": {"cached_tokens": 8},
                  "output_tokens_details": {"reasoning_tokens": 3}},
    })  # fmt: skip
    assert found.response == Message("assistant", "abc", (ToolCall("f", "{}", "1"),))
    assert found.usage == Usage(9, 4, 8, 3)
    assert (found.finish_reason, found.id, found.model) == ("completed", "r", "m-1")
    assert found.labels == {"tools_run": ["web_search"]}


def test_refusals_images_and_answers_that_are_not_whole():
    refused = read_reply({"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}]})
    assert refused.response.content == [{"type": "refusal", "refusal": "No."}]
    drawn = read_reply({"output": [{"type": "image_generation_call", "result": "A" * 9_000}]})
    assert "sha256" in drawn.response.content[0]["result"]
    cut = read_reply(
        {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": [text_item("a")]}
    )
    assert (cut.finish_reason, cut.error) == ("max_output_tokens", None)


def test_failures():
    failed = read_reply({"status": "failed", "error": {"code": "server_error", "message": "oops"}, "output": []})
    assert (failed.response, failed.error) == (None, Failure("server_error", "oops"))
    assert read_reply({"status": "cancelled"}).error == Failure("cancelled")
    assert read_reply({"status": "queued"}) == read_reply({"status": "queued", "output": [], "error": None})
