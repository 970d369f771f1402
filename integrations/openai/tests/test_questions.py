"""Which requests are put to students at all."""

import pytest

from slm_instrument_openai import wrap_openai
from slm_instrument_openai.questions import why_not

CHAT = {"model": "gpt-x", "messages": [{"role": "system", "content": "Sort."}, {"role": "user", "content": "Parcel?"}]}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"messages": [], "store": True}, "stored"),
        ({"messages": [], "functions": [{"name": "f"}]}, "before tools"),
        ({"messages": [], "tools": [{"type": "custom", "custom": {"name": "f"}}]}, "other tools"),
        ({"messages": [], "tool_choice": {"type": "allowed_tools", "allowed_tools": {}}}, "other tools"),
        ({"messages": [], "modalities": ["text", "audio"], "audio": {"voice": "x"}}, "spoken"),
        ({"messages": [], "modalities": ["image"]}, "another form"),
        ({"messages": [], "web_search_options": {"search_context_size": "low"}}, "web search"),
        ({"messages": [], "logprobs": True, "top_logprobs": 3}, "probabilities"),
        ({"messages": [], "moderation": {"model": "omni"}}, "moderation"),
        ({"input": "x"}, "store=False"),
        ({"input": "x", "store": True}, "store=False"),
        ({"input": "x", "store": False, "background": True}, "background"),
        ({"input": "x", "store": False, "previous_response_id": "resp_1"}, "response that the provider keeps"),
        ({"input": "x", "store": False, "conversation": "conv_1"}, "conversation"),
        ({"input": "x", "store": False, "prompt": {"id": "pmpt_1"}}, "template"),
        ({"input": "x", "store": False, "tools": [{"type": "web_search"}]}, "other tools"),
        ({"input": "x", "store": False, "include": ["message.output_text.logprobs"]}, "probabilities"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}], "store": False}, "part of the prompt"),
    ],
)
def test_what_is_put_to_no_student(body, why):
    dialect = "responses" if "input" in body else "chat"
    assert why in why_not(dialect, body)


def test_what_may_be_put_to_a_student():
    function = {"type": "function", "function": {"name": "f"}}
    plain = {"store": False, "modalities": ["text"], "tools": [function], "tool_choice": "auto", "n": 1}
    assert why_not("chat", {"messages": [], **plain, "tool_choice": function}) is None
    assert why_not("responses", {"input": "x", "store": False, "tools": [{"type": "function", "name": "f"}]}) is None
    assert why_not("completions", {"prompt": "x"}) == "a text completion is asked for"


@pytest.mark.parametrize(
    "ask",
    [
        lambda c: c.chat.completions.create(**CHAT, n=2),
        lambda c: c.chat.completions.create(**CHAT, logprobs=True),
        lambda c: c.chat.completions.create(**CHAT, store=True),
        lambda c: c.chat.completions.create(
            model="gpt-x",
            messages=[
                CHAT["messages"][0],
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.org/x.png"}}]},
            ],
        ),
        lambda c: c.completions.create(model="gpt-x", prompt="Parcel?"),
    ],
)
def test_what_students_cannot_serve_is_counted_and_sent(ask, server, say, bare, recorder, substitute, call):
    server.say({**say.completion("shipping"), "object": "x"})
    substitutor = substitute(CHAT, "shipping")
    ask(wrap_openai(bare, recorder, substitutor))
    assert len(server.requests) == 1
    assert substitutor.stats()["UNSUPPORTED"] == 1
    assert call().served_by == "llm"
