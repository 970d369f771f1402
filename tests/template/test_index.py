"""Finding the template of a prompt among many: the same as trying one after the other."""

from hypothesis import given, strategies as st

from slm_instrument.records import Call, Message, ToolSpec
from slm_instrument.template import NUMBER, SLOT, Pattern, Prompt, Template, TemplateIndex

ANY = Pattern((SLOT,))
NONE = Pattern(())


def template(*last, tools=(), response_format="", system=NONE):
    return Template(system, ANY, Pattern(last), tools, response_format)


def prompt(text, tools=(), response_format=None):
    call = Call(
        messages=(Message("user", text),),
        tools=tuple(ToolSpec(tool) for tool in tools),
        response_format=response_format,
    )
    return Prompt.of_call(call)


def test_the_most_specific_template_wins_whatever_the_order():
    tasks = [("any", [template(SLOT)]), ("intent", [template("Intent of: ", SLOT)])]
    for order in (tasks, tasks[::-1]):
        index = TemplateIndex(order)
        match = index.find(prompt("Intent of: hello"))
        assert match is not None
        assert (match.owner, match.variant, match.slots.text, match.rivals) == ("intent", 0, "hello", ())
        other = index.find(prompt("something else"))
        assert other is not None
        assert other.owner == "any"


def test_tools_and_answer_form_must_be_equal():
    json_form = {"type": "json_object"}
    index = TemplateIndex(
        [
            ("with tools", [template(SLOT, tools=("add", "subtract"))]),
            ("json", [template(SLOT, response_format='{"type":"json_object"}')]),
        ]
    )
    assert index.find(prompt("x")) is None
    assert index.find(prompt("x", tools=("add",))) is None
    assert index.find(prompt("x", tools=("subtract", "add"))).owner == "with tools"
    assert index.find(prompt("x", response_format=json_form)).owner == "json"


def test_a_prompt_that_fits_two_tasks_equally_names_both():
    index = TemplateIndex([("one", [template("Say ", SLOT)]), ("two", [template(SLOT, "Say ")])])
    match = index.find(prompt("Say Say "))
    assert (match.owner, match.rivals) == ("one", ("two",))
    assert index.find(prompt("Say hello")).rivals == ()


def test_several_templates_of_one_task_are_no_rivals_and_are_told_apart():
    index = TemplateIndex([("one", [template("Say ", SLOT), template(SLOT, "Say ")])])
    assert index.find(prompt("Say Say ")).rivals == ()
    assert index.find(prompt("Say hello")).variant == 0
    assert index.find(prompt("hello Say ")).variant == 1


def test_no_template_no_match():
    assert TemplateIndex([]).find(prompt("x")) is None


def test_a_thousand_templates_that_differ_in_the_middle_only_are_all_tried():
    templates = [template("Do ", SLOT, f"<{number}>", SLOT, "now") for number in range(1000)]
    match = TemplateIndex([("task", templates)]).find(prompt("Do it <721> now"))
    assert match.variant == 721


# Few letters, so that texts begin and end with one another, and slots hold what other templates fix.
texts = st.text("ab", max_size=4)
patterns = st.lists(st.one_of(texts, st.just(SLOT), st.just(NUMBER)), max_size=4).map(Pattern.of)
templates = st.builds(Template, patterns, st.just(ANY), patterns, st.sampled_from([(), ("t",)]))
owners = st.lists(st.tuples(st.sampled_from("xyz"), st.lists(templates, max_size=4)), max_size=4)
prompts = st.builds(Prompt, st.text("ab1", max_size=9), st.just(""), st.text("ab1", max_size=9), st.just("h"))


def tried_one_by_one(tasks, prompt):
    entries = [(owner, variant, t) for owner, own in tasks for variant, t in enumerate(own)]
    hits = [entry for entry in entries if entry[2].match(prompt) is not None]
    most = max((entry[2].static_chars for entry in hits), default=0)
    return [entry for entry in hits if entry[2].static_chars == most]


@given(owners, st.lists(prompts, min_size=1, max_size=5))
def test_the_index_finds_what_trying_one_by_one_finds(tasks, prompts):
    index = TemplateIndex(tasks)
    for each in prompts:
        expected = tried_one_by_one(tasks, each)
        match = index.find(each)
        if match is None:
            assert not expected
        else:
            assert (match.owner, match.variant, match.template) == expected[0]
            assert match.slots == match.template.match(each)
            assert set(match.rivals) == {owner for owner, _, _ in expected} - {match.owner}
