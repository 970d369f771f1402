"""The part of the store's contract that is about what is made of calls: tasks, students, flags; and who did what."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta, timezone

import pytest

from slm_instrument.canonical import AnswerKind
from slm_instrument.errors import NotFoundError
from slm_instrument.store import (
    AnalysisRecord,
    AuditRecord,
    BundleRecord,
    Compared,
    DatasetRecord,
    Flag,
    Mode,
    Note,
    Observation,
    Selection,
    Served,
    Store,
    Tally,
    Verdict,
)
from slm_instrument.testing.samples import FULL, NOW, dialogue, save_analysis, task


class RunContract:
    """What a store does with tasks, datasets, bundles, flags, observations and the audit log."""

    def test_tasks_and_assignments_are_replaced_by_the_next_analysis(self, store: Store) -> None:
        """And tasks are found by id and by name."""
        store.add_calls([dialogue(1, id=id) for id in "abc"])
        save_analysis(store, [task("t1", calls=1), task("t2", calls=2)], [("a", "t1"), ("b", "t2"), ("c", "t2")])
        assert [t.id for t in store.tasks()] == ["t2", "t1"]
        assert store.find_task("name-t1") == store.find_task("t1") == task("t1", calls=1)
        save_analysis(store, [task("t2", calls=2)], [("c", None), ("b", "t2"), ("a", "t2")])
        assert list(store.iter_assignments()) == [("a", "t2"), ("b", "t2"), ("c", None)]
        of_task = Selection(task_id="t2")
        assert [call.id for call in store.iter_calls(of_task)] == ["a", "b"]
        assert store.count_calls(of_task) == 2
        with pytest.raises(NotFoundError, match="there are: name-t2"):
            store.find_task("t1")

    def test_what_was_noted_of_other_calls_stays_while_their_task_does(self, store: Store) -> None:
        """An analysis may read new calls only."""
        store.add_calls([dialogue(1, id=id) for id in "abcd"])
        save_analysis(store, [task("t1"), task("t2")], [("a", "t1"), ("b", "t2"), ("c", None)])
        assert _ids(store, Selection(pending=True)) == ["d"]
        assert _ids(store, Selection(unassigned=True)) == ["c"]
        save_analysis(store, [task("t2"), task("t3")], [("c", "t3")])
        assert list(store.iter_assignments()) == [("b", "t2"), ("c", "t3")]
        assert _ids(store, Selection(pending=True)) == ["a", "d"]

    def test_figures_of_calls_are_noted_and_read_back(self, store: Store) -> None:
        """With what the call's own row says."""
        store.add_calls([FULL, dialogue(1, id="b")])
        note = Note(
            call_id="c1",
            task_id="t1",
            variant=2,
            prompt=store.key_of(b"prompt"),
            answer=2**63 - 1,
            kind=AnswerKind.JSON,
            input_tokens=10,
            output_tokens=2,
            tokens_estimated=True,
            cost_usd=0.5,
        )
        analysis = AnalysisRecord(id="x", started_at=NOW, calls=2)
        store.save_analysis(analysis, [task("t1")], [note, Note(call_id="b")])
        full, plain = store.iter_noted()
        assert full[:10] == tuple(getattr(note, field.name) for field in fields(note))
        assert full[10:] == ("shop", "router", "t1", 4, NOW, 12.5, "human", "slm:b1")
        assert plain[:9] == ("b", None, None, None, None, None, 0, 0, False)
        assert store.key_of(b"prompt") == note.prompt != store.key_of(b"pro", b"mpt")

    def test_calls_are_selected_by_arrival_id_and_time(self, store: Store) -> None:
        """All conditions together."""
        times = [NOW + timedelta(hours=hour) for hour in range(7)]
        store.add_calls([dialogue(1, id=str(n), started_at=at) for n, at in enumerate(times)])
        first, second, third = store.spans(size=3)
        assert [span.calls for span in (first, second, third)] == [3, 3, 1]
        assert (first.until, second.until) == (second.after, third.after)
        assert _ids(store, Selection(after=second.after, until=second.until)) == ["3", "4", "5"]
        assert _ids(store, Selection(ids=("5", "1", "none"))) == ["1", "5"]
        assert _ids(store, Selection(since=times[4], until=second.until)) == ["4", "5"]
        assert store.count_calls(Selection(since=times[4])) == 3
        assert [span.calls for span in store.spans(Selection(ids=("1", "6")), size=5)] == [2]
        store.add_calls([dialogue(1, id="shop", app="shop"), dialogue(1, id="lab", app="lab")])
        assert _ids(store, Selection(apps=("shop",))) == ["shop"]
        assert _ids(store, Selection(apps=("lab", None), since=times[6])) == ["6", "lab"]
        assert _ids(store, Selection(apps=())) == []

    def test_a_task_is_not_found_when_nothing_was_analysed_or_its_name_is_ambiguous(self, store: Store) -> None:
        """The error says which."""
        with pytest.raises(NotFoundError, match="analyze"):
            store.find_task("x")
        save_analysis(store, [replace(task(id), name="same") for id in ("t1", "t2")], [])
        with pytest.raises(NotFoundError, match="2 tasks"):
            store.find_task("same")

    def test_an_analysis_that_fails_leaves_the_last_one(self, store: Store) -> None:
        """All of it or nothing."""
        store.add_calls([dialogue(1, id="a")])
        save_analysis(store, [task("t1")], [("a", "t1")])

        def notes() -> Iterator[Note]:
            yield Note(call_id="a", task_id="t2")
            raise RuntimeError("killed")

        with pytest.raises(RuntimeError, match="killed"):
            store.save_analysis(AnalysisRecord(id="x", started_at=NOW, calls=0), [task("t2")], notes())
        assert [t.id for t in store.tasks()] == ["t1"]
        assert list(store.iter_assignments()) == [("a", "t1")]

    def test_datasets_and_bundles(self, store: Store) -> None:
        """Bundles come newest first."""
        store.save_dataset(
            DatasetRecord(id="d1", task_id="t1", created_at=NOW, splits={"train": ["a", "b"], "test": ["c"]})
        )
        bundle = BundleRecord(
            id="b1",
            task_id="t1",
            dataset_id="d1",
            created_at=NOW,
            path="models/b1",
            verdict=Verdict.CERTIFIED,
            manifest_sha256="0",
        )
        newer = replace(bundle, id="b2", created_at=NOW + timedelta(1), verdict=Verdict.INSUFFICIENT)
        store.save_bundle(bundle)
        store.save_bundle(newer)
        assert store.bundles() == store.bundles(task_id="t1") == [newer, bundle]
        assert store.bundles(task_id="t2") == []

    def test_the_same_content_is_the_same_version_of_a_dataset(self, store: Store) -> None:
        """Versions are counted per task, from 1."""
        first = DatasetRecord(
            id="d1", task_id="t1", created_at=NOW, splits={"train": ["a", "b"], "test": ["c"]}, digest="x"
        )
        made = [
            store.save_dataset(first),
            store.save_dataset(replace(first, id="d2", digest="y", settings={"seed": 1})),
            store.save_dataset(replace(first, id="d3", created_at=NOW + timedelta(1))),
            store.save_dataset(replace(first, id="d4", task_id="t2")),
        ]
        assert [dataset.version for dataset in made] == [1, 2, 1, 1]
        assert store.find_dataset("t1") == store.find_dataset("t1", 1) == made[2]
        assert store.find_dataset("t1", 2) == made[1]
        for task_id, version in (("t1", 3), ("t3", None)):
            with pytest.raises(NotFoundError, match="no dataset"):
                store.find_dataset(task_id, version)

    def test_the_newest_flag_counts_and_the_others_are_its_history(self, store: Store) -> None:
        """Per task."""
        shadow = Flag(task_id="t1", mode=Mode.SHADOW, set_at=NOW.astimezone(timezone(timedelta(hours=2))), set_by="ann")
        on = replace(shadow, mode=Mode.ON)
        other = Flag(task_id="t2", mode=Mode.CANARY, rate=0.25, set_at=NOW, set_by="bob")
        for flag in (shadow, other, on):
            store.set_flag(flag)
        assert store.flags() == {"t1": on, "t2": other}
        assert store.flag_history("t1") == [shadow, on]
        assert store.flag_history() == [shadow, other, on]

    def test_observations_come_back_oldest_first(self, store: Store) -> None:
        """Of all tasks, or of one."""
        seen = Observation(
            at=NOW, task_id="t1", bundle_id="b1", mode=Mode.ON, accepted=True, agreed=False, score=0.9, student_ms=1.5
        )
        all_of_it = [seen, replace(seen, agreed=True, teacher_ms=300.0, call_id="a")]
        store.add_observations(all_of_it)
        store.add_observations([])
        assert store.observations() == store.observations(task_id="t1") == all_of_it
        assert store.observations(task_id="t2") == []

    def test_served_counts_calls_and_takes_the_median_of_the_timed_ones(self, store: Store) -> None:
        """By task and by who answered."""
        calls = [dialogue(1, id=str(n), duration_ms=ms) for n, ms in enumerate([None, 30.0, 10.0, 20.0, None])]
        store.add_calls([*calls, dialogue(1, id="s", served_by="slm:b1", duration_ms=2.0)])
        save_analysis(store, [task("t1")], [(str(n), "t1") for n in range(5)])
        assert sorted(store.served(), key=lambda served: served.served_by) == [
            Served(task_id="t1", served_by="llm", calls=5, duration_ms=20.0),
            Served(task_id=None, served_by="slm:b1", calls=1, duration_ms=2.0),
        ]

    def test_served_counts_calls_of_a_time(self, store: Store) -> None:
        """By their start, or by their arrival where that is not known."""
        store.add_calls([dialogue(1, id="old", started_at=NOW - timedelta(1), duration_ms=90.0)])
        store.add_calls([dialogue(1, id=id, started_at=NOW, duration_ms=10.0) for id in "ab"])
        assert store.served(since=NOW) == [Served(task_id=None, served_by="llm", calls=2, duration_ms=10.0)]

    def test_comparisons_are_counted_by_student(self, store: Store) -> None:
        """Of a trace the first that the gate accepted counts."""
        seen = Observation(
            at=NOW, task_id="t1", bundle_id="b1", mode=Mode.ON, accepted=True, agreed=True, score=0.9, student_ms=1.5
        )
        store.add_observations(
            [
                replace(seen, agreed=False, at=NOW - timedelta(1)),
                replace(seen, accepted=False, trace_id="x"),
                replace(seen, trace_id="x"),
                replace(seen, trace_id="x", agreed=False),
                replace(seen, trace_id="y"),
                seen,
                seen,
                replace(seen, bundle_id="b2", trace_id="x", agreed=False),
            ]
        )
        b1, b2 = sorted(store.compared(), key=lambda compared: compared.bundle_id)
        assert b1 == Compared(task_id="t1", bundle_id="b1", comparisons=7, accepted=5, agreed=4, student_ms=10.5)
        assert b2 == Compared(task_id="t1", bundle_id="b2", comparisons=1, accepted=1, agreed=0, student_ms=1.5)
        (since,) = (each for each in store.compared(since=NOW) if each.bundle_id == "b1")
        assert (since.comparisons, since.accepted, since.agreed) == (6, 4, 4)

    def test_decisions_are_counted_over_the_hours(self, store: Store) -> None:
        """By the way they were decided."""
        hour = NOW.replace(minute=0, second=0, microsecond=0)
        tally = Tally(
            hour=hour, task_id="t1", bundle_id="b1", mode=Mode.ON, reason="SUBSTITUTED", calls=3, student_ms=6.0
        )
        declined = replace(tally, reason="LOW_CONFIDENCE", calls=1, student_ms=2.0)
        earlier = replace(tally, hour=hour - timedelta(hours=1), calls=10, student_ms=20.0)
        store.add_tallies([tally, declined, earlier])
        assert store.decided() == [declined, replace(earlier, calls=13, student_ms=26.0)]
        assert store.decided(since=hour) == [declined, tally]
        assert store.decided(since=hour + timedelta(hours=1)) == []

    def test_the_audit_log_is_kept_in_order(self, store: Store) -> None:
        """With whatever detail there is."""
        assert store.audit() == []
        read = AuditRecord(at=NOW, who="ann", action="export", subject="t1", detail={"calls": 3, "of": ["a", None]})
        rotated = AuditRecord(at=NOW - timedelta(1), who="bob", action="rotate")
        store.add_audit(read)
        store.add_audit(rotated)
        assert store.audit() == [read, rotated]


def _ids(store: Store, where: Selection) -> list[str]:
    return [call.id for call in store.iter_calls(where)]
