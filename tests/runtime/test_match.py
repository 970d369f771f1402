from slm_instrument.records import Call, Message, ToolSpec
from slm_instrument.runtime.match import TemplateIndex
from slm_instrument.template import SLOT, Pattern, Prompt, Template

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
        assert (match.task_id, match.slots.text, match.rivals) == ("intent", "hello", ())
        other = index.find(prompt("something else"))
        assert other is not None
        assert other.task_id == "any"


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
    assert index.find(prompt("x", tools=("subtract", "add"))).task_id == "with tools"
    assert index.find(prompt("x", response_format=json_form)).task_id == "json"


def test_a_prompt_that_fits_two_tasks_equally_names_both():
    index = TemplateIndex([("one", [template("Say ", SLOT)]), ("two", [template(SLOT, "Say ")])])
    match = index.find(prompt("Say Say "))
    assert {match.task_id, *match.rivals} == {"one", "two"}
    assert index.find(prompt("Say hello")).rivals == ()


def test_several_templates_of_one_task_are_no_rivals():
    index = TemplateIndex([("one", [template("Say ", SLOT), template(SLOT, "Say ")])])
    assert index.find(prompt("Say Say ")).rivals == ()


def test_no_template_no_match():
    assert TemplateIndex([]).find(prompt("x")) is None
