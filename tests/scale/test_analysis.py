"""The same store, analysed by one process and by a cluster: the same tasks, ids and assignments."""

from dataclasses import replace

import pytest
from sqlalchemy import make_url

from slm_instrument.analyze import analyze
from slm_instrument.records import Message
from slm_instrument.store import open_store

TRANSLATOR = "You translate what the customers of a shop write into French, and keep their tone."
CORRESPONDENT = "Tell the customer in one polite sentence that somebody looks into the matter. Promise nothing."


def log(make_calls, count):
    """Calls of two applications, one of which does two things with every message."""
    for call in make_calls(count):
        yield call
        text = call.messages[1].content.removeprefix("Message: ").removesuffix("\nLabel:")
        for system, answer in ((TRANSLATOR, f"Bonjour, {text}"), (CORRESPONDENT, "We are sorry, and look into it.")):
            messages = (Message("system", system), Message("user", text))
            response = Message("assistant", answer)
            yield replace(call, id=f"{call.id}-{system[:4]}", app="letters", messages=messages, response=response)


def analysed(url, engine):
    store = open_store(url, create=False)
    try:
        analysis = analyze(store, engine=engine)
        return analysis, store.tasks(), list(store.iter_assignments())
    finally:
        store.close()


def test_a_cluster_finds_what_one_process_does(postgresql, ray_engine, make_calls):
    url = postgresql.new()
    store = open_store(url)
    store.add_calls(list(log(make_calls, 40)))
    store.close()
    other = postgresql.new(template=make_url(url).database)

    alone, tasks, assignments = analysed(url, "local")
    spread, tasks_of_ray, assignments_of_ray = analysed(other, ray_engine)

    assert len(tasks) == 3
    assert tasks_of_ray == tasks
    assert assignments_of_ray == assignments
    assert (spread.total, spread.agents) == (alone.total, alone.agents)


def test_workers_cannot_read_a_store_in_memory(ray_engine, make_calls):
    from slm_instrument.errors import SlmInstrumentError

    store = open_store("memory://")
    store.add_calls(list(make_calls(10)))
    with pytest.raises(SlmInstrumentError):
        analyze(store, engine=ray_engine)
    store.close()
