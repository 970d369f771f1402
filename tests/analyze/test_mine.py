import random

import numpy as np

from slm_instrument.analyze.mine import Mined, matching, mine_group, mine_groups
from slm_instrument.analyze.recognise import recognised
from slm_instrument.records import ToolSpec
from slm_instrument.template import Prompt


def mined(made, calls, kinds, names):
    corpus = made.corpus_of(calls)
    groups = [np.array([at for at, kind in enumerate(kinds) if kind == name]) for name in names]
    return corpus, groups, mine_groups(corpus, groups, min_calls=5)


def test_templates_recognise_calls_that_were_not_seen(made):
    calls, kinds = zip(*made.agent_log(60), strict=True)
    names = sorted(set(kinds))
    _, _, templates = mined(made, calls, kinds, names)
    unseen = list(made.agent_log(60, seed=1))
    for each, kind in unseen:
        matched = {names[m.group] for m in templates if m.template.match(Prompt.of_call(each)) is not None}
        assert matched == {kind}


def test_every_place_that_varies_is_a_slot(made):
    calls = [each for each, kind in made.agent_log(40) if kind == "classify"]
    corpus = made.corpus_of(calls)
    (template,) = mine_group(corpus, np.arange(len(calls)), min_calls=5)
    assert template.system.pieces == (made.CLASSIFY,)
    for each in calls:
        slots = template.match(Prompt.of_call(each))
        assert slots is not None
        assert slots.text == each.messages[-1].text


def test_a_template_that_matches_other_kinds_is_given_up_or_made_sharper(made):
    draw = random.Random(0)
    system = "Solve the question by interleaving thoughts and actions, as in the examples that were given to you."
    calls, kinds = [], []
    for number in range(60):
        text = f"Question: {made.sentence(draw)}\n"
        for step in range(1, 4):
            for what in ("Thought", "Action"):
                text += f"{what} {step}:"
                calls.append(made.call(f"{number}-{step}-{what}", f"t{number}", text, "x", system=system))
                kinds.append(what)
                text += f" {made.sentence(draw)}\n"
    corpus, groups, templates = mined(made, calls, kinds, ["Thought", "Action"])
    for each in templates:
        other = groups[1 - each.group]
        assert not matching(corpus, each.template, other).any()
    assert (recognised(corpus, templates, np.arange(len(calls))) >= 0).all()


def test_a_template_that_is_all_slots_is_none_unless_tools_tell_it(made):
    draw = random.Random(0)
    words = [chr(97 + at) * 4 for at in range(26)]

    def corpus(tools):
        texts = (" ".join(draw.choices(words, k=9)) for _ in range(40))
        return made.corpus_of(made.call(str(at), f"t{at}", text, "x", tools=tools) for at, text in enumerate(texts))

    assert mine_group(corpus(()), np.arange(40), min_calls=5) == []
    (template,) = mine_group(corpus((ToolSpec("book"),)), np.arange(40), min_calls=5)
    assert template.static_chars == 0
    assert template.tools == ("book",)


def test_a_tool_that_was_added_gives_a_second_template_of_the_same_kind(made):
    draw = random.Random(0)
    calls = [
        made.call(
            str(at),
            f"t{at}",
            made.sentence(draw),
            "x",
            system=made.CLASSIFY,
            tools=[ToolSpec("a")] + [ToolSpec("b")] * (at % 2),
        )
        for at in range(40)
    ]
    templates = mine_group(made.corpus_of(calls), np.arange(40), min_calls=5)
    assert sorted(template.tools for template in templates) == [("a",), ("a", "b")]


def test_versions_that_share_little_get_a_template_each(made):
    draw = random.Random(0)
    old = "Read this customer's message and tell me its intent in a word: {}\nNothing but the word, please."
    new = "INTENT CLASSIFIER v2. Reply in lower case. The text to classify stands here >>> {} <<< END OF TEXT."
    calls = [
        made.call(str(at), f"t{at}", (old if at % 3 else new).format(made.sentence(draw)), "x", system=made.CLASSIFY)
        for at in range(60)
    ]
    corpus = made.corpus_of(calls)
    templates = mine_group(corpus, np.arange(60), min_calls=5)
    assert (recognised(corpus, [Mined(0, each) for each in templates], np.arange(60)) >= 0).all()
    assert templates[0].static_chars > len(made.CLASSIFY)
