"""Prompts that hold more than text: kept by size and digest, as they were when the model was asked."""

import json

import pytest
from langchain_core.messages import HumanMessage

BLOB = "A" * 1_000_000
DATA_URL = "data:image/png;base64," + BLOB


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": DATA_URL}},
        {"type": "input_audio", "input_audio": {"data": BLOB, "format": "wav"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64," + BLOB}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": BLOB}},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": BLOB}},
        {"type": "image", "base64": BLOB, "mime_type": "image/png"},
        {"type": "audio", "base64": BLOB, "mime_type": "audio/wav"},
        {"type": "file", "base64": BLOB, "mime_type": "application/pdf"},
        {"type": "video", "base64": BLOB, "mime_type": "video/mp4"},
    ],
    ids=lambda part: f"{part['type']}-{len(part)}",
)
def test_media_of_every_form_is_kept_by_size_and_digest(scripted, config, calls, part):
    prompt = [HumanMessage([{"type": "text", "text": "What is it?"}, part])]
    scripted(answer=lambda text: "a cat").invoke(prompt, config=config)
    text, kept = calls()[0].messages[0].content
    assert text == {"type": "text", "text": "What is it?"}
    assert len(json.dumps(kept)) < 1_000
    assert "characters, sha256:" in json.dumps(kept)


def test_parts_that_are_marked_for_the_next_call_are_recorded_as_they_were(scripted, config, calls):
    prompt = [HumanMessage([{"type": "text", "text": "one"}, {"type": "text", "text": "two"}])]
    scripted().invoke(prompt, config=config)
    prompt[0].content[1]["cache_control"] = {"type": "ephemeral"}
    prompt[0].content.pop(0)
    assert calls()[0].messages[0].content == [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
