"""Stores of each kind, dialogues, and an independent look at what a store holds."""

from contextlib import closing

import pytest
from sqlalchemy import select

from slm_instrument.records import Call, Message
from slm_instrument.store import open_store, schema

SYSTEM = Message("system", "You answer for a shop that sells lamps, sofas and winter boots.")


def dialogue(origin, turns=1, *, id=None, trace_id=None, **fields):
    """A call after some turns, each of which only this origin said."""
    messages = [SYSTEM]
    for turn in range(turns):
        messages.append(Message("user", f"This is {origin}, who tells a secret of their own: number {turn}."))
        messages.append(Message("assistant", f"Nobody will know what {origin} said, not even number {turn}."))
    made = {"messages": tuple(messages[:-1]), "response": messages[-1], "origin": origin, "trace_id": trace_id}
    return Call(**({"id": id} if id else {}), **(made | fields))


def calls_of(url_or_store, **opening):
    """The calls in a store as they are read back, without what the store made of the origins."""
    if isinstance(url_or_store, str):
        with closing(open_store(url_or_store, create=False, **opening)) as store:
            return calls_of(store)
    return {call.id: (call.trace_id, call.messages, call.response) for call in url_or_store.iter_calls()}


def unused(store):
    """By table, what is there and should not be: nobody refers to it. And what is referred to and missing."""
    with store.reading() as connection:
        calls = connection.execute(select(schema.calls)).all()
        nodes = {row.id: row for row in connection.execute(select(schema.nodes))}
        contents = set(connection.scalars(select(schema.contents.c.id)))
        tasks = set(connection.scalars(select(schema.tasks.c.content_id)))
        mentions = connection.execute(select(schema.mentions)).all()
        entities = set(connection.scalars(select(schema.entities.c.id)))
    reached, texts = set(), set(tasks)
    for call in calls:
        at = call.prompt_id
        while at is not None and at not in reached:
            reached.add(at)
            texts.add(nodes[at].content_id)
            at = nodes[at].parent_id
        texts |= {call.tools_id, call.response_format_id, call.response_id, call.error_id, call.extra_id} - {None}
    traces = {call.trace_id or call.id for call in calls}
    wrong = {
        "nodes": nodes.keys() - reached,
        "contents": contents ^ texts,
        "entities": entities ^ {mention.entity_id for mention in mentions},
        "mentions": {mention.scope for mention in mentions} - traces,
    }
    return {table: found for table, found in wrong.items() if found}


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def url(request, tmp_path):
    """The address of a new store of each kind."""
    if request.param == "memory":
        return "memory://"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/calls.db"
    return request.getfixturevalue("postgresql").new()


@pytest.fixture(params=["sqlite", "postgresql"])
def durable_url(request, tmp_path):
    """The address of a new store that can be opened several times."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/calls.db"
    return request.getfixturevalue("postgresql").new()


@pytest.fixture
def store(url):
    store = open_store(url)
    yield store
    store.close()


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """Keys of servers and spools lie in the user's state folder: not in that of whoever runs the tests."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture(name="dialogue", scope="session")
def _dialogue():
    return dialogue


@pytest.fixture(name="calls_of", scope="session")
def _calls_of():
    return calls_of


@pytest.fixture(name="unused", scope="session")
def _unused():
    return unused
