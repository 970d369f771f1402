"""Where tasks stand: who answered, how well, what that saved; and as much of it as a terminal has room for."""

import io
import itertools
import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from slm_instrument.canonical import AnswerKind
from slm_instrument.records import Call, Message
from slm_instrument.runtime import Reason, Substitutor
from slm_instrument.runtime.auto.evidence import bounds
from slm_instrument.runtime.status import StatusTable, status, to_json
from slm_instrument.runtime.testing import SLOT, Pattern, ScriptedStudent, write_fake_bundle
from slm_instrument.store import (
    KILL_SWITCH,
    AnalysisRecord,
    BundleRecord,
    Flag,
    Mode,
    Note,
    Observation,
    Tally,
    Task,
    Transition,
    Verdict,
    open_store,
)

NOW = datetime.now(UTC)
HOUR = NOW.replace(minute=0, second=0, microsecond=0)
LAST = Pattern(("Intent of: ", SLOT))


@pytest.fixture
def store():
    """A store with two tasks: 10 calls of the first cost 0.05 dollars at the LLM."""
    store = open_store("memory://")
    calls = [ask(id=f"c{n}", duration_ms=100.0 * (n + 1), started_at=NOW - timedelta(days=2)) for n in range(10)]
    store.add_calls(calls)
    tasks = [
        Task(id="t1", name="intent", kind=AnswerKind.CLOSED_SET, calls=10, cost_usd=0.05),
        Task(id="t2", name="letters", kind=AnswerKind.FREE_TEXT),
    ]
    analysis = AnalysisRecord(id="a", started_at=NOW, calls=10)
    store.save_analysis(analysis, tasks, [Note(call_id=call.id, task_id="t1") for call in calls])
    yield store
    store.close()


def ask(text="Intent of: hello", **fields):
    return Call(messages=(Message("user", text),), response=Message("assistant", "greeting"), **fields)


def add_bundle(store, id="b1", made=-5, verdict=Verdict.CERTIFIED, path="nowhere", task="t1"):
    record = BundleRecord(
        id=id,
        task_id=task,
        dataset_id=None,
        created_at=NOW + timedelta(hours=made),
        path=str(path),
        verdict=verdict,
        manifest_sha256="0",
    )
    store.save_bundle(record)


def set_mode(store, mode, task="t1", at=-2, rate=1.0):
    store.set_flag(Flag(task_id=task, mode=mode, rate=rate, set_at=NOW + timedelta(hours=at), set_by="ann"))


def add_tally(store, reason, calls, student_ms=0.0, hours=0, task="t1", bundle="b1", mode=Mode.ON):
    hour = HOUR + timedelta(hours=hours)
    tally = Tally(
        hour=hour, task_id=task, bundle_id=bundle, mode=mode, reason=reason, calls=calls, student_ms=student_ms
    )
    store.add_tallies([tally])


def add_comparisons(store, accepted, agreed, declined=0, bundle="b1", mode=Mode.ON, at=NOW):
    one = Observation(
        at=at, task_id="t1", bundle_id=bundle, mode=mode, accepted=True, agreed=True, score=0.9, student_ms=2.0
    )
    rows = [replace(one, agreed=n < agreed) for n in range(accepted)] + [replace(one, accepted=False)] * declined
    store.add_observations(rows)


def move(store, before, after, bundle="b1", number=1, at=-1):
    transition = Transition(
        at=NOW + timedelta(hours=at),
        task_id="t1",
        bundle_id=bundle,
        number=number,
        before=before,
        after=after,
        because="its agreement has fallen",
    )
    store.add_transition(transition)


def of_task(store, **options):
    return next(task for task in status(store, **options).tasks if task.id == "t1")


class TestDecisions:
    def test_coverage_is_of_the_calls_that_were_meant_for_the_student(self, store):
        add_bundle(store)
        set_mode(store, Mode.ON)
        for reason, calls in {
            Reason.SUBSTITUTED: 60,
            Reason.LOW_CONFIDENCE: 15,
            Reason.INVALID: 1,
            Reason.TIMEOUT: 2,
            Reason.ERROR: 1,
            Reason.UNSUPPORTED: 1,
            Reason.AUDIT: 5,
            Reason.NOT_SAMPLED: 50,
            Reason.SHADOW: 500,
            Reason.DISABLED: 1_000,
        }.items():
            add_tally(store, reason, calls)
        task = of_task(store)
        assert (task.asked, task.fallbacks, task.audited) == (80, 20, 5)
        assert task.coverage == 60 / 80
        assert task.decisions["LOW_CONFIDENCE"] == 15
        assert task.decisions["DISABLED"] == 1_000

    def test_without_decisions_there_is_no_coverage(self, store):
        add_tally(store, Reason.SHADOW, 3)
        assert of_task(store).coverage is None

    def test_calls_of_no_task_are_counted_apart_from_those_of_another_template(self, store):
        add_tally(store, Reason.NO_MATCH, 7, task="", bundle="", mode=Mode.OFF)
        add_tally(store, Reason.NO_MATCH, 2)
        assert status(store).unmatched == 7
        assert of_task(store).fallbacks == 2

    def test_only_what_came_since_is_counted_rounded_down_to_the_hour(self, store):
        add_bundle(store)
        add_tally(store, Reason.SUBSTITUTED, 100, hours=-30)
        add_tally(store, Reason.SUBSTITUTED, 10)
        add_comparisons(store, 20, 20, at=NOW - timedelta(hours=30))
        add_comparisons(store, 2, 1, at=HOUR)
        task = of_task(store, since=HOUR + timedelta(minutes=59))
        assert (task.asked, task.comparisons, task.student.compared) == (10, 2, 2)
        assert (task.llm_calls, task.llm_ms) == (0, None)
        assert status(store, since=NOW).since == HOUR
        assert (of_task(store).asked, of_task(store).comparisons, of_task(store).llm_calls) == (110, 22, 10)


class TestAgreement:
    def test_the_interval_is_that_of_the_evidence(self, store):
        add_bundle(store)
        add_comparisons(store, 100, 97, declined=30)
        task = of_task(store)
        low, high = bounds(100, 97)
        assert task.comparisons == 130
        assert (task.student.compared, task.student.agreement) == (100, 0.97)
        assert (task.student.agreement_low, task.student.agreement_high) == (low, high)
        assert low < 0.97 < high

    def test_without_comparisons_there_is_none(self, store):
        add_bundle(store)
        student = of_task(store).student
        assert (student.compared, student.agreement, student.agreement_low, student.agreement_high) == (0, *[None] * 3)

    def test_the_target_is_that_of_the_certificate(self, store, tmp_path):
        bundle = write_fake_bundle(tmp_path, task_id="t1", task_name="intent")
        add_bundle(store, id=bundle.manifest.id, path=bundle.path)
        assert of_task(store).student.target == 0.95
        add_bundle(store, id="elsewhere", made=0)
        assert of_task(store).student.target is None


class TestStudents:
    def test_a_task_without_a_flag_is_off_and_shows_its_newest_student(self, store):
        add_bundle(store, "b1", made=-5)
        add_bundle(store, "b2", made=-4)
        task = of_task(store)
        assert (task.mode, task.stage, task.rate, task.student.bundle, task.challengers) == (
            "off",
            "off",
            None,
            "b2",
            [],
        )

    def test_a_newer_student_is_compared_beside_the_one_that_was_there_when_the_mode_was_set(self, store):
        add_bundle(store, "b1", made=-5)
        add_bundle(store, "b2", made=-1)
        set_mode(store, Mode.ON, at=-3, rate=0.95)
        add_comparisons(store, 10, 9, bundle="b1")
        add_comparisons(store, 4, 4, bundle="b2", mode=Mode.SHADOW)
        task = of_task(store)
        assert (task.mode, task.rate, task.student.bundle, task.student.agreement) == ("on", 0.95, "b1", 0.9)
        (challenger,) = task.challengers
        assert (challenger.bundle, challenger.stage, challenger.compared, challenger.agreement) == (
            "b2",
            "shadow",
            4,
            1,
        )

    def test_a_newer_student_that_lies_in_no_agents_folder_is_not_the_one_that_serves(self, store):
        for bundle, made in (("b1", -9), ("b2", -8), ("b3", -7)):
            add_bundle(store, bundle, made=made)
        set_mode(store, Mode.ON, at=-5, rate=0.95)
        add_tally(store, Reason.SUBSTITUTED, 60, bundle="b1")
        add_comparisons(store, 5, 5, bundle="b1")
        task = of_task(store)
        assert (task.student.bundle, task.student.compared, task.challengers) == ("b1", 5, [])
        assert task.not_deployed == ["b3", "b2"]
        assert to_json(status(store))["tasks"][0]["not_deployed"] == ["b3", "b2"]
        assert "intent: not deployed, as far as agents have told: b3, b2" in drawn(status(store), 200)
        add_comparisons(store, 4, 4, bundle="b2", mode=Mode.SHADOW)
        task = of_task(store)
        assert (task.student.bundle, [each.bundle for each in task.challengers]) == ("b1", ["b2"])
        assert task.not_deployed == ["b3"]
        assert of_task(store, since=NOW + timedelta(hours=1)).not_deployed == ["b3"]

    def test_one_that_was_taken_out_of_the_folder_serves_no_more(self, store):
        add_bundle(store, "b1", made=-9)
        set_mode(store, Mode.ON, at=-8)
        add_bundle(store, "b2", made=-5)
        add_tally(store, Reason.SUBSTITUTED, 60, bundle="b1", hours=-6)
        assert of_task(store).student.bundle == "b1"
        add_tally(store, Reason.SUBSTITUTED, 6, bundle="b2")
        assert (of_task(store).student.bundle, of_task(store).challengers) == ("b2", [])

    def test_setting_the_flag_anew_adopts_a_newer_one_at_once(self, store):
        add_bundle(store, "b1", made=-9)
        add_bundle(store, "b2", made=-8)
        add_tally(store, Reason.SUBSTITUTED, 60, bundle="b1", hours=-3)
        add_comparisons(store, 4, 4, bundle="b2", mode=Mode.SHADOW)
        set_mode(store, Mode.ON, at=-1)
        assert of_task(store).student.bundle == "b2"

    def test_in_auto_the_stage_is_what_evidence_says(self, store):
        add_bundle(store)
        set_mode(store, Mode.AUTO, rate=0.95)
        assert (of_task(store).mode, of_task(store).stage) == ("auto", "shadow")
        move(store, Mode.SHADOW, Mode.CANARY)
        task = of_task(store)
        assert (task.stage, task.moved.before, task.moved.after) == ("canary", "shadow", "canary")

    def test_a_student_that_was_taken_back_shows_in_the_stage(self, store):
        add_bundle(store)
        set_mode(store, Mode.ON, at=-2)
        move(store, Mode.ON, Mode.SHADOW, at=-1)
        assert (of_task(store).mode, of_task(store).stage) == ("on", "shadow")
        set_mode(store, Mode.ON, at=0)
        assert of_task(store).stage == "on"

    def test_where_no_student_may_serve_the_mode_comes_to_off(self, store):
        set_mode(store, Mode.ON)
        assert (of_task(store).stage, of_task(store).student) == ("off", None)
        add_bundle(store, verdict=Verdict.INSUFFICIENT)
        assert (of_task(store).stage, of_task(store).student.verdict) == ("off", "INSUFFICIENT")

    def test_the_kill_switch_turns_every_mode_off(self, store):
        add_bundle(store)
        set_mode(store, Mode.ON)
        set_mode(store, Mode.OFF, task=KILL_SWITCH)
        assert status(store).killed
        assert (of_task(store).mode, of_task(store).stage) == ("off", "off")


class TestMoney:
    def test_all_that_students_took_is_taken_off(self, store):
        add_bundle(store)
        hour_ms = 3_600_000.0
        add_tally(store, Reason.SUBSTITUTED, 100, 1 * hour_ms)
        add_tally(store, Reason.LOW_CONFIDENCE, 40, 2 * hour_ms)
        add_tally(store, Reason.TIMEOUT, 1, 0.5 * hour_ms)
        add_tally(store, Reason.AUDIT, 30)
        add_comparisons(store, 3, 3, declined=1)
        money = of_task(store, core_hour_usd=0.1).money
        assert money.price_usd == 0.005
        assert money.student_usd == pytest.approx(0.1 * (3.5 + 4 * 2.0 / hour_ms))
        assert money.saved_usd == pytest.approx(100 * 0.005 - money.student_usd)

    def test_a_student_that_is_asked_in_vain_costs(self, store):
        add_tally(store, Reason.LOW_CONFIDENCE, 1_000, 1_000 * 500.0)
        assert of_task(store).money.saved_usd < 0

    def test_calls_are_counted_that_were_recorded_but_not_tallied(self, store):
        """As those of the last seconds of a process that was killed."""
        add_bundle(store)
        store.add_calls([ask(id=f"s{n}", served_by="slm:b1", duration_ms=2.0) for n in range(5)])
        add_tally(store, Reason.SUBSTITUTED, 3, 6.0)
        task = of_task(store, core_hour_usd=3_600_000.0)
        assert (task.slm_calls, task.slm_ms) == (5, 2.0)
        assert task.money.student_usd == pytest.approx(3 * 2.0 + 2 * 2.0)

    def test_without_prices_it_is_not_known(self, store):
        add_tally(store, Reason.SUBSTITUTED, 3, 6.0, task="t2")
        letters = next(task for task in status(store).tasks if task.id == "t2")
        assert letters.money.saved_usd is None
        assert letters.money.student_usd > 0
        assert status(store).saved_usd == 0.0  # of the tasks that have one


def test_a_task_whose_calls_are_missing_is_said_to_drift(store):
    for day in range(9):
        gone = day == 0
        add_tally(store, Reason.SUBSTITUTED, 20 if gone else 200, hours=-24 * day)
        add_tally(store, Reason.NO_MATCH, 300, hours=-24 * day, task="", bundle="", mode=Mode.OFF)
    state = status(store)
    intent, letters = state.tasks
    assert "matched the task" in intent.drift
    assert letters.drift is None
    assert intent.drift in " ".join(drawn(state, 300).split())


def test_what_a_substitutor_did_is_what_is_told_of_it(store, tmp_path):
    bundle = write_fake_bundle(tmp_path, task_id="t1", task_name="intent", last=LAST, created_at=NOW - timedelta(1))
    add_bundle(store, id=bundle.manifest.id, path=bundle.path, made=-24)
    set_mode(store, Mode.ON, rate=0.8)
    with Substitutor(tmp_path, store=store, load_student=lambda _: ScriptedStudent(lambda _: "greeting")) as agent:
        decisions = []
        for n in range(200):
            call = ask(f"Intent of: {n}", trace_id=str(n))
            decisions.append(agent.decide(call))
            agent.observe(call, decisions[-1], call.response)
        agent.decide(ask("what else"))
        assert agent.flush()
    task = of_task(store)
    answered = sum(decision.substituted for decision in decisions)
    assert 120 < answered < 195
    assert (task.slm_calls, task.asked, task.coverage) == (answered, answered, 1.0)
    assert (task.audited, task.student.compared, task.student.agreement) == (200 - answered, 200 - answered, 1.0)
    assert task.money.saved_usd == pytest.approx(answered * 0.005, rel=1e-3)


def test_json_has_its_keys_on_one_level(store):
    add_bundle(store)
    set_mode(store, Mode.ON)
    move(store, Mode.CANARY, Mode.ON)
    add_comparisons(store, 2, 1)
    found = json.loads(json.dumps(to_json(status(store))))
    intent, letters = found["tasks"]
    fixed = {"id", "name", "mode", "bundle", "verdict", "llm_calls", "slm_calls", "llm_ms", "slm_ms", "compared"}
    assert fixed | {"agreement", "agreement_low", "agreement_high", "target", "stage", "saved_usd"} <= intent.keys()
    assert intent.keys() == letters.keys()
    assert (intent["stage"], intent["compared"], intent["agreement"]) == ("on", 2, 0.5)
    assert (letters["bundle"], letters["stage"], letters["compared"], letters["agreement"]) == (None, "off", 0, None)
    assert datetime.fromisoformat(intent["moved"]["at"]) == NOW - timedelta(hours=1)


def drawn(state, width):
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(StatusTable(state))
    return console.file.getvalue()


class TestTable:
    @pytest.fixture
    def state(self, store):
        name = "classify-support-ticket-by-department-and-urgency"
        tasks = [replace(task, name=name) if task.id == "t1" else task for task in store.tasks()]
        store.save_analysis(AnalysisRecord(id="b", started_at=NOW, calls=0), tasks, [])
        add_bundle(store, id="019ad0c7b1f07d2e8f3a5b6c7d8e9f00")
        add_bundle(store, id="b2", made=-1)
        set_mode(store, Mode.AUTO)
        add_tally(store, Reason.SUBSTITUTED, 1_234_567, 2_500_000.0)
        add_tally(store, Reason.LOW_CONFIDENCE, 4_321, 9_000.0)
        add_comparisons(store, 200, 195, bundle="019ad0c7b1f07d2e8f3a5b6c7d8e9f00")
        move(store, Mode.SHADOW, Mode.ON, bundle="019ad0c7b1f07d2e8f3a5b6c7d8e9f00")
        return status(store)

    @pytest.mark.parametrize("width", [40, 80, 100, 120, 160, 200, 300])
    def test_no_line_is_longer_and_nothing_of_what_is_shown_is_lost(self, state, width):
        text = drawn(state, width)
        assert max(map(len, text.splitlines())) <= width
        assert "auto: on" in text
        assert "0.975" in text
        letters = "".join(text.split())
        assert "urgency" in letters or width < 80  # folded, not cut

    def test_a_wide_terminal_shows_what_a_narrow_one_has_no_room_for(self, state):
        narrow, wide = (drawn(state, width).splitlines()[0].split() for width in (80, 300))
        assert set(narrow) < set(wide)
        assert "saved" in narrow
        assert {"fallbacks", "why", "target", "verdict"} <= set(wide)
        assert "low confidence 4,321" in drawn(state, 300)

    def test_columns_go_by_their_rank_whatever_the_figures_are(self, state):
        widths = random.Random(1).sample(range(60, 260), 25)
        headings = [set(drawn(state, width).splitlines()[0].split()) for width in sorted(widths)]
        assert all(narrow <= wide for narrow, wide in itertools.pairwise(headings))

    def test_what_was_taken_back_and_what_cannot_serve_is_remarked(self, store):
        add_bundle(store)
        set_mode(store, Mode.ON, at=-9 * 24)
        set_mode(store, Mode.ON, task="t2")
        move(store, Mode.ON, Mode.SHADOW, at=-8 * 24)
        text = drawn(status(store), 200)
        assert "intent: moved from on to shadow" in text
        assert "its agreement has fallen" in text
        assert "letters: no certified student, the LLM answers" in text

    def test_a_promotion_of_long_ago_is_no_news(self, store):
        add_bundle(store)
        set_mode(store, Mode.AUTO, at=-9 * 24)
        move(store, Mode.SHADOW, Mode.CANARY, at=-8 * 24)
        assert "moved" not in drawn(status(store), 200)
        move(store, Mode.CANARY, Mode.ON, number=2)
        assert "intent: moved from canary to on" in drawn(status(store), 200)

    def test_the_kill_switch_is_said_first(self, store):
        set_mode(store, Mode.OFF, task=KILL_SWITCH)
        assert "killed: substitution is stopped" in drawn(status(store), 80)
