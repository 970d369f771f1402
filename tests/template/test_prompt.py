"""Cutting a request into the places that templates look at."""

from slm_instrument import Call, Message, ToolCall, ToolSpec
from slm_instrument.template import Prompt


def test_a_prompt_is_cut_into_its_places():
    prompt = Prompt.of_call(
        Call(
            messages=(
                Message("system", "S"),
                Message("user", "first"),
                Message("assistant", "thinking", (ToolCall("look", '{"a":1}'),)),
                Message("tool", "found"),
                Message("user", "last"),
                Message("assistant", "prefix"),
            ),
            tools=(ToolSpec("b"), ToolSpec("a"), ToolSpec("b")),
            response_format={"type": "json_object"},
        )
    )
    assert prompt == Prompt(
        system="S",
        first="first",
        last="last",
        history='assistant: thinking\nlook({"a":1})\ntool: found\nassistant: prefix',
        tools=("a", "b"),
        response_format='{"type":"json_object"}',
    )


def test_a_single_turn_is_the_last_message_and_an_empty_request_is_empty():
    assert Prompt.of((Message("developer", "S"), Message("user", "x"))) == Prompt("S", "", "x", "")
    assert Prompt.of(()) == Prompt("", "", "", "")


def test_a_dialogue_is_its_first_and_last_user_message_and_a_history_of_everything_between():
    turns = [Message("user" if at % 2 == 0 else "assistant", str(at)) for at in range(9)]
    prompt = Prompt.of([Message("system", "S"), *turns])
    assert (prompt.system, prompt.first, prompt.last) == ("S", "0", "8")
    assert prompt.history == "\n".join(f"{message.role}: {message.text}" for message in turns[1:-1])
