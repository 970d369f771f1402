"""What an erasure takes out of a store, and what it leaves, on every kind of store."""

import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import inspect, text

from slm_instrument import Call, Message, open_store
from slm_instrument.canonical import AnswerKind
from slm_instrument.errors import ConfigError, StoreError
from slm_instrument.privacy.erase import erase, pending, resume
from slm_instrument.privacy.scan import scan
from slm_instrument.records import Outcome, new_id
from slm_instrument.redaction.findings import Finding
from slm_instrument.store import AnalysisRecord, DatasetRecord, Mode, Note, Observation, Task, rekey
from slm_instrument.template import SLOT, Pattern, Template


def everything(store):
    """Every value of every row, as one text."""
    with store.reading() as connection:
        tables = inspect(connection).get_table_names()
        return "\n".join(
            repr(tuple(row)) for table in tables for row in connection.execute(text(f"SELECT * FROM {table}"))
        )


def test_the_calls_of_the_origin_go_with_what_only_they_used(store, dialogue, calls_of, unused):
    store.add_calls([dialogue(f"user-{n % 4}", turns=1 + n % 3, id=f"c{n}") for n in range(40)])
    before = calls_of(store)
    report = erase(store, ["user-1"], by="ann")
    assert report.complete
    assert report.deleted.rows["calls"] == 10
    gone = {f"c{n}" for n in range(40) if n % 4 == 1}
    assert calls_of(store) == {id: call for id, call in before.items() if id not in gone}
    assert unused(store) == {}
    assert erase(store, ["user-1", "nobody"], by="ann").deleted.rows["calls"] == 0
    assert len(calls_of(store)) == 30


def test_the_raw_id_is_written_nowhere(store, dialogue):
    store.add_calls([dialogue("user-1")])
    report = erase(store, ["user-1"], by="ann")
    assert "user-1" not in everything(store)
    [record] = store.audit()
    assert (record.who, record.action, record.subject) == ("ann", "erase", report.origins[0])
    assert record.detail["calls"] == 1


def test_who_was_mentioned_in_erased_calls_only_is_forgotten(store, calls_of, unused):
    def mail(id, trace, origin, *addresses):
        said = Message("user", " and ".join(f"write to {address}, please" for address in addresses))
        return Call(id=id, trace_id=trace, origin=origin, messages=(said,))

    store.add_calls(
        [
            mail("a", "shared", "ann", "ann@example.org", "both@example.org"),
            mail("b", "shared", "bob", "both@example.org", "bob@example.org"),
            mail("c", "anns", "ann", "bob@example.org", "other@example.org"),
        ]
    )
    assert erase(store, ["ann"], by="ann").deleted.rows["entities"] == 2
    assert unused(store) == {}
    [(_, (message,), _)] = calls_of(store).values()
    assert message.text == "write to <EMAIL_ADDRESS_1>, please and write to <EMAIL_ADDRESS_2>, please"


def test_what_was_made_before_does_not_come_back_and_what_is_made_after_stays(store, dialogue):
    now = datetime.now(UTC)
    early, late = new_id(), dialogue("ann", id="late", started_at=now - timedelta(hours=1))
    store.add_calls([dialogue("ann", id="stored"), dialogue("bob", id="bob")])
    erase(store, ["ann"], by="ann")
    assert store.add_calls([dialogue("ann", id=early), late]) == 0
    rekey.new_data_key(store, store.key_provider)  # under which ann has another pseudonym
    assert store.add_calls([late, dialogue("bob", id="of another", started_at=now - timedelta(hours=1))]) == 1
    fresh = [dialogue("ann", id=new_id()), dialogue("ann", id="new", started_at=datetime.now(UTC))]
    assert store.add_calls(fresh) == 2
    assert erase(store, ["ann"], by="ann").deleted.rows["calls"] == 2


def test_a_store_that_was_opened_later_refuses_them_too(durable_url, dialogue):
    early = dialogue("ann", id=new_id())
    with closing(open_store(durable_url)) as store:
        erase(store, ["ann"], by="ann")
    with closing(open_store(durable_url)) as store:
        assert store.add_calls([early, dialogue("bob")]) == 1


def test_a_writer_that_remembers_erased_texts_writes_them_again(durable_url, dialogue, calls_of, unused):
    with closing(open_store(durable_url)) as writer, closing(open_store(durable_url)) as eraser:
        writer.add_calls([dialogue("ann", turns=3, id="anns")])
        assert erase(eraser, ["ann"], by="ann").deleted.rows["contents"] > 0
        again = dialogue("ann", turns=3, id="bobs")
        writer.add_calls([Call(id="bobs", messages=again.messages, response=again.response, origin="bob")])
        assert calls_of(writer) == {"bobs": (None, again.messages, again.response)}
        assert unused(eraser) == {}


def test_lineage_and_observations_forget_the_calls_and_count_them(store, dialogue):
    store.add_calls([dialogue(origin, id=f"{origin}{n}") for origin in ("ann", "bob") for n in range(3)])
    splits = {"training": ["ann0", "bob0", "ann1"], "test": ["ann2", "bob1"]}
    store.save_dataset(DatasetRecord(id="d", task_id="t", created_at=datetime.now(UTC), splits=splits))
    store.save_dataset(DatasetRecord(id="of bob", task_id="t", created_at=datetime.now(UTC), splits={"test": ["bob2"]}))
    seen = {
        "at": datetime.now(UTC),
        "task_id": "t",
        "bundle_id": "b",
        "mode": Mode.SHADOW,
        "score": 1.0,
        "student_ms": 1.0,
    }
    store.add_observations([Observation(**seen, accepted=True, agreed=True, call_id=id) for id in ("ann0", "bob0")])
    report = erase(store, ["ann"], by="ann")
    assert [(dataset.id, dataset.splits) for dataset in report.deleted.datasets] == [("d", {"test": 1, "training": 2})]
    assert [each.call_id for each in store.observations()] == [None, "bob0"]
    with store.reading() as connection:
        counted = dict(connection.execute(text("SELECT id, erased_calls FROM datasets")).all())
        left = set(connection.scalars(text("SELECT call_id FROM dataset_items")))
    assert counted == {"d": 3, "of bob": 0}
    assert left == {"bob0", "bob1", "bob2"}


def test_what_came_of_the_calls_goes_with_them(store, dialogue):
    traces = {"ann": "anns", "bob": "shared"}
    store.add_calls([dialogue(origin, id=f"{origin}{n}", trace_id=traces[origin]) for origin in traces for n in (0, 1)])
    store.add_calls([dialogue("ann", id="ann2", trace_id="shared")])
    for_calls = [Outcome(id=id, call_id=id, good=True) for id in ("ann0", "ann2", "bob0", "not there yet")]
    for_traces = [Outcome(id=id, trace_id=id, good=False) for id in ("anns", "shared", "not there yet either")]
    store.add_outcomes([*for_calls, *for_traces])
    assert erase(store, ["ann"], by="ann").deleted.rows["outcomes"] == 3
    kept = ["bob0", "not there yet", "shared", "not there yet either"]
    assert [outcome.id for outcome in store.iter_outcomes()] == kept


def test_tasks_do_not_go_on_quoting_what_only_erased_calls_said(store):
    def asked(id, origin, system, answer):
        messages = (Message("system", system), Message("user", f"Sort this: {id}"))
        return Call(id=id, origin=origin, messages=messages, response=Message("assistant", answer))

    def template(system):
        return Template(system=Pattern((system,)), first=Pattern(("",)), last=Pattern(("Sort this: ", SLOT)))

    ours, anns = "You sort letters.", "You sort the letters of Ann Smith."
    store.add_calls([asked("1", "ann", anns, "love"), asked("2", "bob", ours, "bill"), asked("3", "ann", anns, "bill")])
    sort = Task(
        id="sorting-1", name="sort-smith", kind=AnswerKind.CLOSED_SET, templates=(template(ours), template(anns)),
        answers=("bill", "love"),
    )  # fmt: skip
    only_anns = Task(id="anns-1", name="ann", kind=AnswerKind.CLOSED_SET, templates=(template(anns),))
    bobs = Task(id="bobs-1", name="bob", kind=AnswerKind.CLOSED_SET, templates=(template("never matches"),))
    analysis = AnalysisRecord(id="a", started_at=datetime.now(UTC), calls=3)
    store.save_analysis(
        analysis,
        [sort, only_anns, bobs],
        [Note(call_id=id, task_id=task) for id, task in (("1", "sorting-1"), ("2", "sorting-1"), ("3", "anns-1"))],
    )
    report = erase(store, ["ann"], by="ann")
    assert {(task.id, task.cut, task.dropped) for task in report.deleted.tasks} == {
        ("sorting-1", 3, False),
        ("anns-1", 2, True),
    }
    left = {task.id: task for task in store.tasks()}
    assert left == {"bobs-1": bobs, "sorting-1": left["sorting-1"]}
    assert left["sorting-1"].templates == (template(ours),)
    assert left["sorting-1"].answers == ("bill",)
    assert "smith" not in left["sorting-1"].name


def test_a_task_whose_remaining_calls_show_all_of_it_stays_as_it_is(store, make_calls, make_task, put_calls):
    task = make_task()
    calls = [
        *make_calls(40),
        *(Call(id="anns", messages=c.messages, response=c.response, origin="ann") for c in make_calls(1)),
    ]
    put_calls(store, task, calls)
    report = erase(store, ["ann"], by="ann")
    assert [(each.cut, each.dropped) for each in report.deleted.tasks] == [(0, False)]
    assert store.tasks() == [task]


def test_a_task_keeps_its_templates_but_no_sample_of_what_was_erased(store, make_calls, make_task, put_calls):
    shown = {
        "instruction": "Message: Label:",
        "schemas": {"": {"enum": ["a secret of ann"]}},
        "typical": ("anns",),
        "unusual": ("call-0-1",),
        "variant_calls": (41,),
    }
    task = replace(make_task(), **shown)
    anns = Call(id="anns", messages=next(make_calls(1)).messages, response=next(make_calls(1)).response, origin="ann")
    put_calls(store, task, [*make_calls(40), anns])
    erase(store, ["ann"], by="ann")
    assert store.tasks() == [replace(task, schemas={}, typical=(), unusual=())]
    assert "secret of ann" not in everything(store)
    assert "anns" not in dict(store.iter_assignments())
    assert {noted.call_id for noted in store.iter_noted()} == {f"call-0-{n}" for n in range(40)}


def test_an_instruction_that_is_a_prompt_goes_with_the_name_made_of_it(store, make_calls, make_task, put_calls):
    task = replace(
        make_task(), instruction="Message: my parcel 4711 has\nnot come, says Ann Smith", name="parcel-smith"
    )
    anns = Call(id="anns", messages=next(make_calls(1)).messages, response=next(make_calls(1)).response, origin="ann")
    put_calls(store, task, [*make_calls(40), anns])
    erase(store, ["ann"], by="ann")
    assert store.tasks() == [replace(task, instruction="", name="task-shop-int")]


def test_what_was_noted_names_templates_by_their_new_numbers(store):
    def asked(id, origin, system):
        messages = (Message("system", system), Message("user", f"Sort this: {id}"))
        return Call(id=id, origin=origin, messages=messages, response=Message("assistant", "bill"))

    def template(system):
        return Template(system=Pattern((system,)), first=Pattern(("",)), last=Pattern(("Sort this: ", SLOT)))

    systems = [f"You sort the letters of {name}." for name in ("us", "ann", "Bob", "Carol", "ann too", "Dave")]
    origins = ("us", "ann", "bob", "carol", "ann", "dave")
    calls = [asked(str(n), origin, system) for n, (origin, system) in enumerate(zip(origins, systems, strict=True))]
    store.add_calls([*calls, asked("near", "bob", "something like it")])
    templates = tuple(map(template, systems))
    task = Task(
        id="sort", name="sort", kind=AnswerKind.CLOSED_SET, templates=templates, variant_calls=(1,) * 6,
        instruction=systems[1],
    )  # fmt: skip
    notes = [Note(call_id=str(n), task_id="sort", variant=n, prompt=n) for n in range(6)]
    store.save_analysis(
        AnalysisRecord(id="a", started_at=datetime.now(UTC), calls=7),
        [task],
        [*notes, Note(call_id="near", task_id="sort", prompt=9)],
    )
    erase(store, ["ann"], by="ann")
    [left] = store.tasks()
    assert left.templates == (templates[0], templates[2], templates[3], templates[5])
    assert (left.instruction, left.variant_calls) == ("", ())
    assert {noted.call_id: noted.variant for noted in store.iter_noted()} == {
        "0": 0, "2": 1, "3": 2, "5": 3, "near": None,
    }  # fmt: skip


def test_an_analysis_that_read_erased_calls_is_not_saved(store, dialogue):
    store.add_calls([dialogue("ann")])
    began = AnalysisRecord(id="a", started_at=datetime.now(UTC), calls=1)
    erase(store, ["ann"], by="ann")
    with pytest.raises(StoreError, match="analyse again"):
        store.save_analysis(began, [], [])
    store.save_analysis(AnalysisRecord(id="b", started_at=datetime.now(UTC), calls=0), [], [])


@pytest.mark.parametrize(("origins", "bundles"), [([], "retire"), ([""], "retire"), (["ann"], "burn")])
def test_wrong_use_is_said_and_nothing_is_erased(store, dialogue, origins, bundles):
    store.add_calls([dialogue("ann")])
    with pytest.raises(ConfigError):
        erase(store, origins, by="ann", bundles=bundles)
    assert store.count_calls() == 1
    assert pending(store) == 0
    assert resume(store) == []


def test_looking_for_names_does_not_bring_back_who_was_erased_meanwhile(store, unused):
    class Names:
        """Finds Ann everywhere, and somebody erases her while it looks for the first time."""

        def find_many(self, texts):
            if not looked:
                erase(store, ["ann"], by="bob")
            looked.append(texts)
            return [[Finding(m.start(), m.end(), "PERSON") for m in re.finditer("Ann Smith", text)] for text in texts]

    looked = []
    for origin, words in (("ann", "Ann Smith is my name"), ("bob", "bob met Ann Smith"), ("ann", "Ann Smith again")):
        store.add_calls([Call(origin=origin, messages=(Message("user", words),))])
    scan(store, Names())
    assert [call.messages[0].text for call in store.iter_calls()] == ["bob met <PERSON_1>"]
    assert unused(store) == {}
