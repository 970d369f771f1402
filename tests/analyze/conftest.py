"""An agent's log made here: several narrow kinds of call and a dialogue; the real embedder, and one of words alone."""

import json
import random
import re
from hashlib import blake2b
from types import SimpleNamespace
from zlib import crc32

import numpy as np
import pytest

from slm_instrument.analyze.corpus import CorpusBuilder
from slm_instrument.records import Call, Message, ToolCall, ToolSpec
from slm_instrument.store import open_store

NAMES = (
    "Ada",
    "Grace",
    "Alan",
    "Edsger",
    "Barbara",
    "Donald",
    "Frances",
    "John",
    "Kathleen",
    "Niklaus",
    "Radia",
    "Tim",
)
THINGS = (
    "lamp",
    "sofa",
    "kettle",
    "hammock",
    "desk",
    "violin",
    "tent",
    "bicycle",
    "mirror",
    "camera",
    "ladder",
    "drill",
)
VERBS = ("arrived", "vanished", "broke", "leaked", "squeaked", "melted", "glowed", "wobbled", "shrank", "rusted")
PLACES = ("Lisbon", "Oslo", "Quito", "Nairobi", "Kyoto", "Perth", "Boston", "Dublin", "Cairo", "Lima")
LABELS = ("refund", "delivery", "technical")

CLASSIFY = "You are a router for a shop. Say which label the message of the customer has. The labels: " + ", ".join(
    LABELS
)
ANALYST = "You are a careful analyst of bug reports. A report stands between the marks <report> and </report>."
SEARCH = (
    "Which files of the project should be searched for this bug? Name at most three files and say why each of them."
)
PATCH = "Now write a patch that fixes the bug. Put the changed lines into a code block and explain nothing at all."
DIALOGUE = (
    "You are the service agent of an airline. Help the traveller, and never promise a refund that is not covered."
)
TOOLS = (ToolSpec("find_booking"), ToolSpec("cancel_booking"))


def sentence(draw):
    """A sentence that is hardly ever made twice."""
    return (
        f"{draw.choice(NAMES)} says the {draw.choice(THINGS)} from {draw.choice(PLACES)} {draw.choice(VERBS)} "
        f"near the {draw.choice(THINGS)} of {draw.choice(NAMES)} number {draw.randrange(10_000)}"
    )


def call(id, trace, user, answer, *, system=None, turns=(), app="shop", **more):
    messages = [Message("system", system)] if system else []
    messages += [Message(role, text) for role, text in turns]
    messages.append(Message("user", user))
    answer = answer if isinstance(answer, Message) else Message("assistant", answer)
    return Call(id=id, trace_id=trace, app=app, messages=tuple(messages), response=answer, **more)


def agent_log(traces, seed=0):
    """(call, kind) of an agent that sorts a message, works on a report in two instructed steps, and talks."""
    draw = random.Random(seed)
    for number in range(traces):
        trace, message = f"t{seed}-{number}", sentence(draw)
        label = LABELS[len(message) % 3]
        yield call(f"{trace}-0", trace, message, label, system=CLASSIFY, agent="message-router"), "classify"
        report = f"<report>{sentence(draw)}\n{sentence(draw)}\n{sentence(draw)}</report>"
        plan = sentence(draw)
        turns = [("user", report)]
        yield call(f"{trace}-1", trace, SEARCH, plan, system=ANALYST, turns=turns), "search"
        turns += [("user", SEARCH), ("assistant", plan)]
        yield call(f"{trace}-2", trace, PATCH, sentence(draw), system=ANALYST, turns=turns), "patch"
        turns = []
        for turn in range(draw.randrange(1, 4)):
            said = sentence(draw)
            arguments = json.dumps({"booking": draw.randrange(99_999)})
            answer = Message("assistant", None, (ToolCall("find_booking", arguments),)) if turn % 2 else sentence(draw)
            yield (
                call(f"{trace}-{3 + turn}", trace, said, answer, system=DIALOGUE, turns=turns, tools=TOOLS),
                "dialogue",
            )
            turns = [*turns, ("user", said), ("assistant", sentence(draw))]


def key_of(*parts):
    """As a store makes keys, without a key."""
    return int.from_bytes(blake2b(b"\0".join(parts), digest_size=8).digest()) >> 1


class Words:
    """Texts of the same words are alike: for tests in which meaning is not needed, in a hundredth of the time."""

    name = "words"

    def __call__(self, texts):
        vectors = np.zeros((len(texts), 256), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            vector[0] = 0.1
            for word in re.findall(r"\w+", text.lower()):
                vector[crc32(word.encode("utf-8", "surrogatepass")) % 256] += 1
            vector /= np.linalg.norm(vector)
        return vectors


def corpus_of(calls):
    builder = CorpusBuilder(key_of)
    for each in calls:
        builder.add(each)
    return builder.corpus()


@pytest.fixture(scope="session")
def embedder():
    from slm_instrument.analyze.embed import SentenceEncoder

    return SentenceEncoder()


@pytest.fixture(scope="session")
def words():
    return Words()


@pytest.fixture
def store(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/calls.db", create=True)
    yield store
    store.close()


@pytest.fixture(scope="session")
def made():
    """What tests make logs with: modules of tests cannot import each other."""
    return SimpleNamespace(
        ANALYST=ANALYST,
        CLASSIFY=CLASSIFY,
        LABELS=LABELS,
        NAMES=NAMES,
        agent_log=agent_log,
        call=call,
        corpus_of=corpus_of,
        sentence=sentence,
    )
