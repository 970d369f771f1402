from datetime import UTC, datetime, timedelta

import pytest

from slm_instrument.records import Call, Message
from slm_instrument.runtime.decision import Reason
from slm_instrument.runtime.flags import Setting, sampled
from slm_instrument.runtime.lineup import Lineup
from slm_instrument.runtime.serving import Servable
from slm_instrument.store import Mode
from slm_instrument.template import SLOT, Pattern, Template

NOW = datetime(2026, 5, 4, tzinfo=UTC)
TEMPLATE = Template(Pattern(()), Pattern((SLOT,)), Pattern((SLOT,)), ())
IN = next(str(n) for n in range(1000) if sampled(str(n), 0.1))
OUT = next(str(n) for n in range(1000) if not sampled(str(n), 0.95))
BETWEEN = next(str(n) for n in range(1000) if sampled(str(n), 0.95) and not sampled(str(n), 0.1))


def servable(name, *, made=0, from_the_start=True, unusable=None):
    made_at = NOW + timedelta(hours=made)
    made = Servable(
        task_id="t",
        task_name="task",
        bundle_id=name,
        templates=(TEMPLATE,),
        created_at=made_at,
        load=lambda: None,
        unusable=unusable,
    )
    made.came_at = None if from_the_start else made_at
    return made


def call(trace):
    return Call(messages=(Message("user", "x"),), trace_id=trace)


def turn(students, setting, stages=None, trace=IN):
    """Who has its turn, in which mode, why not, and who is compared."""
    stages = {name: (mode, NOW + timedelta(hours=at)) for name, (mode, at) in (stages or {}).items()}
    found = Lineup(tuple(students)).turn(call(trace), setting, lambda bundle: stages.get(bundle))
    return (
        found.servable.bundle_id,
        found.mode,
        found.reason,
        [(each.student.bundle_id, each.mode) for each in found.compared],
    )


class TestByHand:
    def test_on_without_audit(self):
        for trace in (IN, OUT, BETWEEN):
            assert turn([servable("b")], Setting(Mode.ON), trace=trace) == ("b", Mode.ON, None, [])

    def test_on_with_audit(self):
        on = Setting(Mode.ON, 0.95)
        assert turn([servable("b")], on, trace=BETWEEN) == ("b", Mode.ON, None, [])
        assert turn([servable("b")], on, trace=OUT) == ("b", Mode.ON, Reason.AUDIT, [("b", Mode.ON)])

    def test_canary_compares_the_other_traces(self):
        canary = Setting(Mode.CANARY, 0.1)
        assert turn([servable("b")], canary, trace=IN) == ("b", Mode.CANARY, None, [])
        assert turn([servable("b")], canary, trace=OUT) == ("b", Mode.CANARY, Reason.NOT_SAMPLED, [("b", Mode.CANARY)])

    def test_shadow(self):
        assert turn([servable("b")], Setting(Mode.SHADOW)) == ("b", Mode.SHADOW, Reason.SHADOW, [("b", Mode.SHADOW)])

    def test_a_student_made_after_the_mode_was_set_waits_beside_the_one_that_serves(self):
        students = [servable("new", made=2), servable("old")]
        before = Setting(Mode.ON, 0.95, set_at=NOW + timedelta(hours=1))
        assert turn(students, before, trace=BETWEEN)[0] == "old"
        assert turn(students, before, trace=OUT)[3] == [("old", Mode.ON), ("new", Mode.SHADOW)]
        after = Setting(Mode.ON, 0.95, set_at=NOW + timedelta(hours=3))
        assert turn(students, after, trace=BETWEEN)[0] == "new"
        assert turn(students, after, trace=OUT)[3] == [("new", Mode.ON)]

    def test_by_code_it_is_what_was_there_when_the_process_began(self):
        students = [servable("new", made=2, from_the_start=False), servable("old")]
        assert turn(students, Setting(Mode.ON))[0] == "old"
        assert turn([servable("new", made=2), servable("old")], Setting(Mode.ON))[0] == "new"

    def test_one_that_has_served_under_the_mode_goes_on_whenever_the_other_was_made(self):
        students = [servable("new", made=1), servable("old")]
        on = Setting(Mode.ON, 0.95, set_at=NOW + timedelta(hours=2))
        kept = Setting(Mode.ON, 0.95, set_at=NOW + timedelta(hours=2), kept=frozenset({"old"}))
        assert turn(students, on, trace=BETWEEN)[0] == "new"
        assert turn(students, kept, trace=BETWEEN)[0] == "old"
        assert turn(students, kept, trace=OUT)[3] == [("old", Mode.ON), ("new", Mode.SHADOW)]
        both = Setting(Mode.ON, 0.95, set_at=NOW + timedelta(hours=2), kept=frozenset({"old", "new"}))
        assert turn(students, both, trace=BETWEEN)[0] == "new"

    def test_the_only_student_serves_whenever_it_was_made(self):
        assert turn([servable("b", made=5)], Setting(Mode.ON, set_at=NOW))[0] == "b"

    @pytest.mark.parametrize("to", [Mode.SHADOW, Mode.OFF])
    def test_the_brake(self, to):
        on = Setting(Mode.ON, set_at=NOW + timedelta(hours=1))
        _, mode, reason, _ = turn([servable("b")], on, {"b": (to, 2)})
        assert (mode, reason) == (to, Reason.SHADOW if to is Mode.SHADOW else Reason.DISABLED)
        assert turn([servable("b")], on, {"b": (to, 0)})[1:3] == (Mode.ON, None)
        assert turn([servable("b")], on, {"b": (Mode.CANARY, 2)})[1:3] == (Mode.ON, None)


class TestAuto:
    auto = Setting(Mode.AUTO, 0.95)

    def test_a_student_that_was_never_moved_is_in_shadow(self):
        assert turn([servable("b")], self.auto) == ("b", Mode.SHADOW, Reason.SHADOW, [("b", Mode.SHADOW)])

    def test_canary_answers_its_share(self):
        stages = {"b": (Mode.CANARY, 1)}
        assert turn([servable("b")], self.auto, stages, IN) == ("b", Mode.CANARY, None, [])
        assert turn([servable("b")], self.auto, stages, BETWEEN)[2:] == (Reason.NOT_SAMPLED, [("b", Mode.CANARY)])

    def test_on_is_audited(self):
        stages = {"b": (Mode.ON, 1)}
        assert turn([servable("b")], self.auto, stages, BETWEEN) == ("b", Mode.ON, None, [])
        assert turn([servable("b")], self.auto, stages, OUT)[2:] == (Reason.AUDIT, [("b", Mode.ON)])

    def test_a_new_one_in_shadow_is_compared_beside_the_one_that_serves(self):
        students, stages = [servable("new", made=1), servable("old")], {"old": (Mode.ON, 0)}
        assert turn(students, self.auto, stages, BETWEEN)[:3] == ("old", Mode.ON, None)
        assert turn(students, self.auto, stages, OUT)[2:] == (
            Reason.AUDIT,
            [("old", Mode.ON), ("new", Mode.SHADOW)],
        )

    def test_a_new_one_in_canary_takes_its_share_from_the_one_that_serves(self):
        students = [servable("new", made=1), servable("old")]
        stages = {"old": (Mode.ON, 0), "new": (Mode.CANARY, 1)}
        assert turn(students, self.auto, stages, IN)[:3] == ("new", Mode.CANARY, None)
        assert turn(students, self.auto, stages, BETWEEN)[:3] == ("old", Mode.ON, None)

    def test_the_newest_that_is_on_serves_and_older_ones_are_done(self):
        students = [servable("new", made=1), servable("old")]
        stages = {"old": (Mode.ON, 0), "new": (Mode.ON, 1)}
        assert turn(students, self.auto, stages, OUT) == ("new", Mode.ON, Reason.AUDIT, [("new", Mode.ON)])

    def test_a_withdrawn_one_leaves_its_task_to_the_one_before(self):
        students = [servable("new", made=1), servable("old")]
        stages = {"old": (Mode.ON, 0), "new": (Mode.OFF, 1)}
        assert turn(students, self.auto, stages, BETWEEN)[:3] == ("old", Mode.ON, None)

    def test_all_withdrawn_is_off(self):
        assert turn([servable("b")], self.auto, {"b": (Mode.OFF, 1)}) == ("b", Mode.OFF, Reason.DISABLED, [])


def test_one_that_cannot_serve_has_no_turn_but_its_reason():
    broken = servable("b", unusable=(Reason.ERROR, "broken"))
    assert turn([broken], Setting(Mode.AUTO))[2:] == (None, [])
    assert Lineup((broken,)).in_use(Setting(Mode.ON), lambda _: None) == ()


def test_who_is_retired_steps_aside():
    new, old = servable("new", made=1), servable("old")
    assert Lineup((new, old)).in_service({"new": "erased"}).servables == (old,)
    assert Lineup((new,)).in_service({"new": "erased"}).servables == (new,)


def test_in_use():
    students = (servable("new", made=2), servable("old"))
    lineup = Lineup(students)

    def in_use(setting, **stages):
        return [each.bundle_id for each in lineup.in_use(setting, lambda bundle: stages.get(bundle))]

    assert in_use(Setting(Mode.OFF)) == []
    assert in_use(Setting(Mode.AUTO)) == ["new", "old"]
    assert in_use(Setting(Mode.AUTO), new=(Mode.ON, NOW)) == ["new"]
    assert in_use(Setting(Mode.AUTO), new=(Mode.OFF, NOW), old=(Mode.OFF, NOW)) == []
    assert in_use(Setting(Mode.ON, set_at=NOW + timedelta(hours=1))) == ["old", "new"]
    assert in_use(Setting(Mode.ON, set_at=NOW + timedelta(hours=3))) == ["new"]


def test_evidence_moves_all_in_auto_and_by_hand_only_the_one_that_serves():
    lineup = Lineup((servable("new", made=2), servable("old")))
    by_hand = Setting(Mode.ON, set_at=NOW + timedelta(hours=1))
    assert [each.bundle_id for each in lineup.watched(by_hand, lambda _: None)] == ["old"]
    assert [each.bundle_id for each in lineup.watched(Setting(Mode.AUTO), lambda _: None)] == ["new", "old"]
