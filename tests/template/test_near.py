"""Prompts that no template matches exactly: which are near a task, and which ask for something else."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from slm_instrument.template import NUMBER, SLOT, NearIndex, Pattern, Prompt, Template
from slm_instrument.template.near import MIN_SHARE

ANY = Pattern((SLOT,))
NONE = Pattern(())
DESK = (
    "You are the assistant of a support desk for an online shop.\n"
    "Read what the customer wrote with care and never invent facts.\n"
    "Refunds are given within thirty days, and vouchers never expire.\n"
    "Be polite, be brief, and write in the language of the customer.\n"
)
SORT = "Say which department the message belongs to: billing, delivery or returns.\nMessage: "
MOOD = "Judge how the customer feels on a scale from calm to furious.\nMessage: "
REPLY = "Write an answer that the customer will find helpful and friendly.\nMessage: "


def template(instruction, end, *, system=DESK, tools=(), response_format=""):
    return Template(Pattern((system,)), NONE, Pattern((instruction, SLOT, end)), tools, response_format)


SORTING = template(SORT, "\nAnswer with the name of the department only.")
JUDGING = template(MOOD, "\nAnswer with one number between one and five.")
REPLYING = template(REPLY, "\nBegin with a greeting, end with your name.")
TASKS = [("sort", [SORTING]), ("judge", [JUDGING]), ("reply", [REPLYING])]
INDEX = NearIndex(TASKS)


def prompt_of(template, slot="Where is my parcel?", **changes):
    system, last = ("".join(piece or slot for piece in pattern.pieces) for pattern in (template.system, template.last))
    return replace(Prompt(system, "", last, "", template.tools, template.response_format), **changes)


def test_a_prompt_that_matches_is_near_as_well():
    for owner, (own,) in TASKS:
        near = INDEX.find(prompt_of(own))
        assert (near.owner, near.variant, near.template, near.score) == (owner, 0, own, 1.0)


@pytest.mark.parametrize(
    "system",
    [
        DESK.replace("Refunds are given within thirty days, and vouchers never expire.\n", ""),
        DESK.replace("thirty days", "fourteen days"),
        DESK.replace("Be polite", "Today is Monday, and the shop closes at eight.\nBe polite"),
        DESK.replace("online shop", "chain of book stores in the north"),
    ],
)
def test_a_section_may_come_go_or_change(system):
    near = INDEX.find(prompt_of(SORTING, system=system))
    assert near.owner == "sort"
    assert MIN_SHARE <= near.score <= 1.0


def test_a_list_may_get_longer():
    longer = prompt_of(SORTING).last.replace("delivery or returns", "delivery, repairs, spare parts or returns")
    assert INDEX.find(prompt_of(SORTING, last=longer)).owner == "sort"


def test_another_instruction_at_the_end_is_another_task():
    changed = prompt_of(SORTING).last.replace("the name of the department", "a translation into Dutch")
    assert INDEX.find(prompt_of(SORTING, last=changed)) is None
    assert INDEX.find(prompt_of(SORTING, last=prompt_of(SORTING).last + "\nThen explain your choice.")) is None
    assert INDEX.find(prompt_of(SORTING, last=SORT + "Where is my parcel?")) is None


def test_an_instruction_that_is_no_last_sentence_counts_too():
    changed = prompt_of(SORTING).last.replace(SORT, "Name the three words that matter most in it.\nMessage: ")
    assert INDEX.find(prompt_of(SORTING, last=changed)) is None


def test_what_an_agents_tasks_share_is_no_evidence():
    assert INDEX.find(Prompt(DESK, "", "Tell me a joke about parcels.", "")) is None


def test_a_new_agent_with_the_shared_text_of_known_ones_is_near_none_of_them():
    shared = "Use the tools that you are given. Think first, then act, then observe. " * 4 + "End with a final answer."
    roles = ["You watch the stock levels of a warehouse.", "You plan the tours of four delivery vans."]
    index = NearIndex([(role, [Template(Pattern((role + shared,)), NONE, ANY)]) for role in roles])
    assert index.find(Prompt(roles[0] + shared, "", "go", "")).owner == roles[0]
    assert index.find(Prompt("You write the menu of a small canteen." + shared, "", "go", "")) is None


def test_a_prompt_between_two_tasks_is_of_neither():
    own = {
        owner: replace(SORTING, system=Pattern((f"Stay {owner} in each and every case.\n{DESK}",))) for owner in "ab"
    }
    index = NearIndex([(owner, [each]) for owner, each in own.items()])
    both = "".join(each.system.stretches[0] for each in own.values())
    assert index.find(prompt_of(SORTING, system=both)) is None
    assert index.find(prompt_of(SORTING, system=f"Today is Monday.\n{own['b'].system.stretches[0]}")).owner == "b"


def test_tools_may_come_and_go_while_most_stay():
    own = replace(SORTING, tools=("find", "look", "open"))
    index = NearIndex([("sort", [own])])
    assert index.find(prompt_of(own, tools=("find", "look", "open", "shut"))).owner == "sort"
    assert index.find(prompt_of(own, tools=("find", "look"))).owner == "sort"
    assert index.find(prompt_of(own, tools=("find", "shut"))) is None
    assert index.find(prompt_of(own, tools=())) is None


def test_a_form_of_answer_may_change_but_not_come_or_go():
    own = replace(SORTING, response_format='{"type":"json_object"}')
    index = NearIndex([("sort", [own])])
    assert index.find(prompt_of(own, response_format='{"type":"json_schema"}')).owner == "sort"
    assert index.find(prompt_of(own, response_format="")) is None
    assert INDEX.find(prompt_of(SORTING, response_format='{"type":"json_object"}')) is None


def test_a_few_words_or_signs_must_be_there_as_they_are():
    own = Template(Pattern((DESK,)), NONE, Pattern(("<", SLOT, ">\n```")))
    index = NearIndex([("marked", [own])])
    system = DESK.replace("thirty", "ten")
    assert index.find(Prompt(system, "", "<x>\n```", "")).owner == "marked"
    assert index.find(Prompt(system, "", "<x>\nSum up.", "")) is None


def test_a_sign_after_the_last_words_must_end_the_prompt():
    own = Template(Pattern((DESK,)), NONE, Pattern((SORT, SLOT, "\n###")))
    index = NearIndex([("marked", [own])])
    system = DESK.replace("thirty", "ten")
    assert index.find(Prompt(system, "", SORT + "x\n###", "")).owner == "marked"
    assert index.find(Prompt(system, "", SORT + "x\n### And now in Dutch", "")) is None


def test_a_numbered_step_is_told_from_another():
    thinking, acting = (Pattern((SORT, SLOT, f"\n{step} ", NUMBER, ":")) for step in ("Thought", "Action"))
    tasks = [("think", thinking), ("act", acting)]
    index = NearIndex([(owner, [Template(Pattern((DESK,)), NONE, last)]) for owner, last in tasks])
    system = DESK.replace("thirty", "ten")
    steps = f"{SORT}where is it?\nThought 1: look\nAction 1: look up\n"
    assert index.find(Prompt(system, "", f"{steps}Thought 2:", "")).owner == "think"
    assert index.find(Prompt(system, "", f"{steps}Thought 2: done\nAction 2:", "")).owner == "act"


def test_scripts_without_spaces_have_words():
    own = Template(
        Pattern(("你是一家网上商店的客服助理。请仔细阅读客户的留言。不要编造事实。",)),
        NONE,
        Pattern((SLOT, "\n请判断留言属于哪个部门。")),
    )
    index = NearIndex([("sort", [own])])
    near = index.find(
        Prompt(
            "你是一家大型网上商店的客服助理。请仔细阅读客户的留言。不要编造事实。",
            "",
            "包裹呢\n请判断留言属于哪个部门。",
            "",
        )
    )
    assert near.owner == "sort"
    assert index.find(Prompt(own.system.pieces[0], "", "包裹呢\n请写一个回复。", "")) is None


def test_no_template_or_none_with_words_is_near_nothing():
    assert NearIndex([]).find(prompt_of(SORTING)) is None
    assert NearIndex([("any", [Template(ANY, ANY, ANY)])]).find(prompt_of(SORTING)) is None
    assert INDEX.find(Prompt("", "", "", "")) is None


vocabulary = [f"{a}{b}" for a in ("ka", "lo", "mi", "tu") for b in ("ran", "sel", "dov", "pem", "gul")]
sentences = st.lists(st.sampled_from(vocabulary), min_size=3, max_size=8).map(lambda words: " ".join(words) + ".\n")
texts = st.lists(sentences, min_size=1, max_size=4).map("".join)
made = st.builds(
    lambda system, start, end: Template(Pattern((system,)), NONE, Pattern((start, SLOT, end))), texts, texts, texts
)
owners = st.lists(made, min_size=1, max_size=5, unique=True).map(lambda own: [(n, [t]) for n, t in enumerate(own)])


@given(owners, st.data())
def test_the_order_of_templates_does_not_matter(tasks, data):
    own = data.draw(st.sampled_from(tasks))[1][0]
    asked = prompt_of(own, "zig zag")
    asked = replace(asked, system=asked.system[data.draw(st.integers(0, len(asked.system) // 3)) :])
    found = NearIndex(tasks).find(asked)
    assert found == NearIndex(data.draw(st.permutations(tasks))).find(asked)
    if found is not None:
        assert MIN_SHARE <= found.score <= 1.0


@given(owners, st.data())
def test_a_prompt_without_the_last_text_is_near_nothing(tasks, data):
    own = data.draw(st.sampled_from(tasks))[1][0]
    asked = prompt_of(own, "zig zag")
    without = replace(
        asked, last=asked.last.removesuffix(own.last.stretches[-1]) + data.draw(st.sampled_from(["", "zig."]))
    )
    assert NearIndex([(0, [own])]).find(without) is None
