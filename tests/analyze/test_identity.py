from slm_instrument.analyze.identity import fresh_ids, inherited
from slm_instrument.analyze.kinds import Kind
from slm_instrument.template import Pattern, Template


def kind(text, templates=True):
    template = Template(Pattern((text,)), Pattern(()), Pattern(()))
    return Kind((template,) if templates else (), text)


def test_an_id_goes_with_most_of_its_calls():
    old = {**{f"a{n}": "A" for n in range(10)}, **{f"b{n}": "B" for n in range(4)}}
    now = {**{f"a{n}": 0 for n in range(6)}, **{f"a{n}": 1 for n in range(6, 10)}, **{f"b{n}": 1 for n in range(4)}}
    assert inherited(now, old) == {0: "A", 1: "B"}


def test_no_majority_no_id():
    old = {f"a{n}": "A" for n in range(10)}
    now = {f"a{n}": n % 2 for n in range(10)}
    assert inherited(now, old) == {}


def test_two_tasks_that_become_one_keep_the_larger_ones_id():
    old = {**{f"a{n}": "A" for n in range(10)}, **{f"b{n}": "B" for n in range(4)}}
    assert inherited(dict.fromkeys(old, 0), old) == {0: "A"}


def test_ids_come_from_the_content_and_differ():
    ids = fresh_ids([kind("one"), kind("two"), kind("one"), kind("one", templates=False)], {}, ())
    assert len(set(ids)) == 4
    assert fresh_ids([kind("one")], {}, ()) == ids[:1]
    assert fresh_ids([kind("one")], {0: "kept"}, ()) == ["kept"]
    assert fresh_ids([kind("one")], {}, ids[:1]) != ids[:1]
