"""The whole loop on the support desk: record, analyze, train, replay, switch on. Read it from :func:`run` down."""

import textwrap
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from langchain_openai import ChatOpenAI

from examples.support_desk.desk import build_desk
from examples.support_desk.kill import KillSwitch, flags
from examples.support_desk.llm import Llm
from examples.support_desk.messages import generate
from examples.support_desk.screen import console, progress_bars, step
from examples.support_desk.summary import summary
from examples.support_desk.work import handle, sqlite
from slm_instrument import Call, Recorder, open_store
from slm_instrument.analyze import analyze
from slm_instrument.analyze.report import render_table
from slm_instrument.canonical import AnswerKind
from slm_instrument.errors import SlmInstrumentError
from slm_instrument.runtime import Mode, Substitutor
from slm_instrument.runtime.flags import AUDITED_RATE
from slm_instrument.runtime.replay import ReplayReport, render_table as render_replay, replay
from slm_instrument.store import Flag, Store, Task, Verdict
from slm_instrument.train import train
from slm_instrument_langchain import SlmMiddleware

CAPTURED, HELD_OUT, LIVE, KILLED = 600, 200, 200, 100  # customer messages; each is two to four LLM calls
STAYS = {
    AnswerKind.JSON: "a student that copies takes longer to train than this demo has time: slm-instrument train TASK",
    AnswerKind.FREE_TEXT: "open-ended: no two answers are the same",
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where the demo keeps things."""

    folder: Path

    @property
    def store(self) -> str:
        """The store that the agent is recorded into."""
        return sqlite(self.folder / "calls.db")

    @property
    def held_out(self) -> str:
        """A second store, for calls that nothing is trained on."""
        return sqlite(self.folder / "held_out.db")

    @property
    def models(self) -> Path:
        """The students."""
        return self.folder / "models"


def run(llm: Llm, places: Places) -> None:
    """Take the support desk through the loop."""
    with step("1  Record the agent at work", 'desk.invoke(message, {"callbacks": [SlmCallbackHandler(recorder)]})'):
        record(llm.chat, messages(CAPTURED, seed=1), places.store)
    with step("2  Find its recurring tasks", f"slm-instrument analyze --store {places.store}"):
        tasks = find_tasks(places.store)
    with step("3  Train a student for each", f"slm-instrument train TASK --store {places.store} --out {places.models}"):
        reasons = train_students(tasks, places)
    with step(
        "4  Dry run on messages phrased as none before",
        f"slm-instrument replay --store {places.held_out} --models {places.models}",
    ):
        record(llm.chat, messages(HELD_OUT, seed=2, held_out=True), places.held_out)
        report = dry_run(places)
    with step("5  Switch on what is certified", f"slm-instrument flags set TASK --mode on --store {places.store}"):
        switch_on(places.store)
    with step("6  Run the agent again, on new messages", "create_agent(..., middleware=[SlmMiddleware(substitutor)])"):
        calls = run_with_students(llm.chat, messages(LIVE, seed=3, held_out=True), places)
    with step("7  Throw the kill switch while it runs", f"slm-instrument flags kill --store {places.store}"):
        run_and_kill(llm.chat, messages(KILLED, seed=4, held_out=True), places)
    console.rule("[bold]What came of it", align="left", style="dim")
    console.print(summary(tasks, calls, report, reasons, llm))


def messages(count: int, *, seed: int, held_out: bool = False) -> list[str]:
    """What customers write."""
    return [message.text for message in generate(count, seed=seed, held_out=held_out)]


def record(chat: ChatOpenAI, texts: Sequence[str], url: str) -> None:
    """Let the desk handle messages, with the LLM alone, and record its calls."""
    with Recorder(url, app="support_desk") as recorder, progress_bars() as progress:
        handle(build_desk(chat), texts, recorder, progress)
        console.print(f"  {len(texts)} customer messages, {recorder.stats().written:,} LLM calls recorded in {url}")


def find_tasks(url: str) -> list[Task]:
    """Analyse the recorded calls and show the tasks."""
    with opened(url) as store, progress_bars() as progress:
        console.print(render_table(analyze(store, progress=progress)))
        return store.tasks()


def train_students(tasks: Sequence[Task], places: Places) -> dict[str, str]:
    """Train what can be trained; gives the reasons of the tasks that stay on the LLM, by task id."""
    reasons: dict[str, str] = {}
    for task in tasks:
        try:
            reason = STAYS.get(task.kind) or train_student(task, places)
        except SlmInstrumentError as error:
            reason = str(error)
        if reason is not None:
            reasons[task.id] = reason
            console.print(f"  {task.name}: stays on the LLM, {reason}")
    return reasons


def train_student(task: Task, places: Places) -> str | None:
    """Train and certify a student; gives the reason when it may not answer."""
    with opened(places.store) as store, progress_bars() as progress:
        result = train(store, task.id, out=places.models, progress=progress)
    console.print(textwrap.indent(result.summary(), "  "))
    return None if result.verdict is Verdict.CERTIFIED else f"its student is {result.verdict}"


def dry_run(places: Places) -> ReplayReport:
    """Put the held-out calls to the students and compare with what the LLM answered."""
    with opened(places.held_out) as store:
        report = replay(store.iter_calls(), places.models)
    console.print(render_replay(report))
    return report


def switch_on(url: str) -> None:
    """Set the flag of every task that has a certified student; one trace in twenty is audited from then on."""
    with opened(url) as store:
        for task in store.tasks():
            if any(bundle.verdict is Verdict.CERTIFIED for bundle in store.bundles(task_id=task.id)):
                store.set_flag(
                    Flag(task_id=task.id, mode=Mode.ON, rate=AUDITED_RATE, set_at=datetime.now(UTC), set_by="demo")
                )
                console.print(f"  {task.name}: on")


def run_with_students(chat: ChatOpenAI, texts: Sequence[str], places: Places) -> list[Call]:
    """Let the desk handle messages with its students; gives the calls that it made."""
    with opened(places.store) as store:
        before = store.count_calls()
    with (
        Recorder(places.store, app="support_desk") as recorder,
        Substitutor(places.models, recorder=recorder) as substitutor,
        progress_bars() as progress,
    ):
        substitutor.warm()
        desk = build_desk(chat, [SlmMiddleware(substitutor)])
        handle(desk, texts, recorder, progress, workers=1)  # one at a time: nothing else is in the latencies
        decisions = ", ".join(f"{count} {reason}" for reason, count in substitutor.stats().items() if count)
        console.print(f"  decisions: {decisions}")
    with opened(places.store) as store:
        return list(islice(store.iter_calls(), before, None))


def run_and_kill(chat: ChatOpenAI, texts: Sequence[str], places: Places) -> None:
    """Let the desk go on with its students, and stop them from outside after a third of the messages."""
    with opened(places.store) as store:
        before = store.count_calls()
    with (
        Recorder(places.store, app="support_desk") as recorder,
        Substitutor(places.models, recorder=recorder) as substitutor,
        progress_bars() as progress,
    ):
        substitutor.warm()
        switch = KillSwitch(places.store, after=len(texts) // 3, listener=progress)
        handle(build_desk(chat, [SlmMiddleware(substitutor)]), texts, recorder, switch)
    with opened(places.store) as store:
        console.print(f"  {switch.outcome(list(islice(store.iter_calls(), before, None)), len(texts))}")
    flags("revive", places.store)


@contextmanager
def opened(url: str) -> Generator[Store]:
    """An open store, closed afterwards."""
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()
