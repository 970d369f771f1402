"""Matching a whole prompt, and which of several templates wins."""

from slm_instrument.template import SLOT, Pattern, Prompt, Template, best_match

ANY = Pattern((SLOT,))
NONE = Pattern(())


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
