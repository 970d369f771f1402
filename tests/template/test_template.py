"""Cutting prompts into places, matching patterns, taking the slots out."""

from hypothesis import given, strategies as st

from slm_instrument import Call, Message, ToolCall, ToolSpec
from slm_instrument.template import SLOT, Pattern, Prompt, Template, best_match

ANY = Pattern((SLOT,))
NONE = Pattern(())


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


def test_patterns():
    labelled = Pattern(("Text: ", SLOT, "\nLabel:"))
    assert labelled.match("Text: hello\nLabel:") == ["hello"]
    assert labelled.match("Text: a\nLabel: b\nLabel:") == ["a\nLabel: b"]
    assert labelled.match("Text: hello\nLabel: ") is None
    assert labelled.match("text: hello\nLabel:") is None
    assert Pattern((SLOT, " and ", SLOT)).match("salt and pepper and oil") == ["salt", "pepper and oil"]
    assert Pattern(("abc", SLOT, "bcd")).match("abcd") is None, "static texts must not overlap"
    assert ANY.match("") == [""]
    assert NONE.match("") == []
    assert NONE.match("x") is None
    assert Pattern(("all of it",)).match("all of it") == []
    assert Pattern(("all of it",)).match("all of it.") is None


pieces = st.lists(st.text("ab:\n", min_size=1, max_size=4), min_size=1, max_size=4)


@given(pieces, st.lists(st.text(max_size=6), min_size=5, max_size=5), st.booleans(), st.booleans())
def test_a_text_made_from_a_pattern_matches_it_and_gives_back_its_length(statics, slots, opens, closes):
    spaced = [piece for static in statics for piece in (static, SLOT)][:-1]
    pattern = Pattern((*[SLOT] * opens, *spaced, *[SLOT] * closes))
    filled = iter(slots)
    text = "".join(next(filled) if piece is None else piece for piece in pattern.pieces)
    found = pattern.match(text)
    assert found is not None
    assert sum(map(len, found)) + pattern.static_chars == len(text)
    again = iter(found)
    assert "".join(next(again) if piece is None else piece for piece in pattern.pieces) == text


def test_a_template_matches_all_places_tools_and_format_and_the_last_slots_come_first():
    template = Template(Pattern(("You help ", SLOT, ".")), NONE, Pattern(("Q: ", SLOT)), ("look",))
    prompt = Prompt("You help Ann.", "", "Q: why?", "assistant: so", ("look",))
    slots = template.match(prompt)
    assert slots is not None
    assert slots.text == "why?\nAnn\nassistant: so"
    for other in (
        Prompt("You help Ann.", "", "Q: why?", "", ()),
        Prompt("You help Ann.", "", "Q: why?", "", ("look",), "{}"),
        Prompt("You help Ann.", "first", "Q: why?", "", ("look",)),
        Prompt("You hurt Ann.", "", "Q: why?", "", ("look",)),
        Prompt("You help Ann.", "", "A: why?", "", ("look",)),
    ):
        assert template.match(other) is None


def test_the_most_specific_template_wins():
    broad = Template(Pattern(("You ", SLOT)), NONE, ANY)
    narrow = Template(Pattern(("You help", SLOT)), NONE, ANY)
    prompt = Prompt("You help.", "", "x", "")
    for order in ((broad, narrow), (narrow, broad)):
        found = best_match(order, prompt)
        assert found is not None
        assert found[0] is narrow
    assert best_match((narrow,), Prompt("You hurt.", "", "x", "")) is None
