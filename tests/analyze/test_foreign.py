"""A few foreign calls in a log harm no task: it is found as without them, and they are not of it."""

import json
import random

import numpy as np
import pytest

from slm_instrument.analyze import discover, recipe
from slm_instrument.analyze.common_text import NO_TEXT
from slm_instrument.analyze.discover import find_groups
from slm_instrument.analyze.mine import mine_group
from slm_instrument.analyze.splits import NO_GROUP
from slm_instrument.interchange import call_to_native, import_files
from slm_instrument.records import ToolSpec
from slm_instrument.scale import LocalEngine

TRANSLATE = "Translate the text into French."
ROUTER = "You route requests to the departments of a bank. Name the department, and say nothing else."
POEM = "Write a short poem of four lines about what you are told, in the manner of an old sailor."
SORT = "You sort messages of customers of an online shop. Answer with one word: billing, shipping, refund or other."
# Half of the words are those of the task, as where an agent's prompts begin alike.
SHARED = "You sort messages of customers of an online shop. Say in a whole sentence how the customer feels, and why."
STRAYS = {
    "one": [TRANSLATE],
    "three different": [TRANSLATE, ROUTER, POEM],
    "five alike": [ROUTER] * 5,
}
LABELS = ("billing", "shipping", "refund", "other")


def task_log(made, count, *, one_trace=False, inputs=None):
    """Calls of one task; of so many different inputs."""
    draw = random.Random(1)
    said = [made.sentence(draw) for _ in range(inputs or count)]
    return [
        made.call(
            f"c{at}",
            "all" if one_trace else f"t{at}",
            said[at % len(said)],
            LABELS[len(said[at % len(said)]) % 4],
            system=SORT,
            agent="sorter",
            app=None,
        )
        for at in range(count)
    ]


def foreign(made, systems, **more):
    draw = random.Random(2)
    more = {"agent": "router", "app": None} | more
    return [
        made.call(f"f{at}", f"ft{at}", made.sentence(draw), made.sentence(draw), system=system, **more)
        for at, system in enumerate(systems)
    ]


def analysed(store, words, *, anew=False):
    """The task that most calls are of."""
    engine = LocalEngine()
    found = recipe.run(store, min_calls=5, embedder=words, engine=engine, anew=anew, since=None, progress=None)
    return max(found.tasks, key=lambda task: task.calls)


def harmed(store, words, before):
    """What is not as before the foreign calls came, in the next analysis and in one of all calls."""
    for anew in (False, True):
        task = analysed(store, words, anew=anew)
        for name in ("id", "instruction", "templates", "calls", "matchable"):
            if getattr(task, name) != getattr(before, name):
                yield anew, name, getattr(task, name)
        for call_id, of in store.iter_assignments():
            if of == before.id and not call_id.startswith("c"):
                yield anew, "of the task", call_id


@pytest.mark.parametrize(("count", "settled", "one_trace"), [(60, False, False), (150, True, True)])
@pytest.mark.parametrize("strays", STRAYS)
def test_a_task_is_as_it_was_beside_foreign_calls(made, store, words, strays, count, settled, one_trace, monkeypatch):
    if settled:
        monkeypatch.setattr(recipe, "YOUNG_CALLS", 0)
    store.add_calls(task_log(made, count, one_trace=one_trace))
    before = analysed(store, words)
    assert (before.calls, before.matchable, SORT in before.instruction) == (count, 1.0, True)
    store.add_calls(foreign(made, STRAYS[strays]))
    assert not list(harmed(store, words, before))


def test_an_imported_call_harms_no_task(made, store, words, tmp_path):
    store.add_calls(task_log(made, 60))
    before = analysed(store, words)
    path = tmp_path / "native.jsonl"
    path.write_text(json.dumps(call_to_native(foreign(made, [TRANSLATE])[0])))
    assert import_files(store, [path]).added == 1
    assert not list(harmed(store, words, before))


def test_a_foreign_call_harms_no_task_of_few_inputs(made, store, words):
    store.add_calls(task_log(made, 60, inputs=5))
    before = analysed(store, words)
    store.add_calls(foreign(made, [TRANSLATE]))
    assert not list(harmed(store, words, before))


@pytest.mark.parametrize(
    "strays",
    [
        {"systems": [SHARED]},
        {"systems": [SORT], "turns": (("user", "A parcel, a parcel!"), ("assistant", "shipping"))},
        {"systems": [SORT], "tools": (ToolSpec("look_up"),)},
    ],
    ids=["begins alike", "more turns", "tools"],
)
def test_a_call_of_half_the_text_or_another_form_takes_nothing_from_the_task(made, store, words, strays):
    store.add_calls(task_log(made, 60))
    before = analysed(store, words)
    store.add_calls(foreign(made, **strays))
    for anew in (False, True):
        task = analysed(store, words, anew=anew)
        assert (task.id, task.instruction, task.templates) == (before.id, before.instruction, before.templates)
        assert task.variant_calls == (60,)


def test_a_foreign_call_beyond_the_sample_is_sorted_into_no_group(made, monkeypatch):
    monkeypatch.setattr(discover, "SAMPLE", 50)
    corpus = made.corpus_of([*task_log(made, 60), *foreign(made, [TRANSLATE, ROUTER, POEM])])
    found = find_groups(corpus, np.arange(63), min_calls=5)
    assert [len(found.groups), *found.of(corpus, np.arange(63)).tolist()] == [1, *[0] * 60, *[NO_GROUP] * 3]


def test_a_template_is_aligned_from_what_most_prompts_hold(made):
    """Also where a foreign call was put to the group, its system prompt is one of many, not of two."""
    calls = task_log(made, 60)
    alone = made.corpus_of(calls)
    beside = made.corpus_of([*calls, *foreign(made, [TRANSLATE])])
    assert mine_group(beside, np.arange(61), min_calls=5) == mine_group(alone, np.arange(60), min_calls=5)


def test_where_calls_have_nothing_in_common_all_are_kin(made):
    corpus = made.corpus_of(foreign(made, [TRANSLATE, ROUTER]))
    assert NO_TEXT.kin(corpus, np.arange(2), lambda *_: np.zeros(0, dtype=np.uint64)).all()
