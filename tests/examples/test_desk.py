"""The support desk, recorded: the demo's first step on a few messages."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.support_desk.desk import DRAFTED, build_desk
from examples.support_desk.llm import Llm, connected
from examples.support_desk.messages import generate
from examples.support_desk.work import clean_folder, handle, sqlite
from slm_instrument import Recorder, open_store
from slm_instrument.errors import ConfigError, SlmInstrumentError

MESSAGES = generate(24, seed=11)


@pytest.fixture(scope="module")
def llm() -> Iterator[Llm]:
    with connected(scripted=True) as llm:
        yield llm


def test_the_desk_does_what_messages_ask_and_all_its_calls_are_recorded(llm: Llm, tmp_path: Path):
    url = sqlite(tmp_path / "calls.db")
    with Recorder(url, app="support_desk") as recorder:
        tickets = handle(build_desk(llm.chat), [message.text for message in MESSAGES], recorder)
    for ticket, message in zip(tickets, MESSAGES, strict=True):
        meaning = message.meaning
        assert (ticket.intent, ticket.queue, ticket.priority) == (meaning.intent, meaning.queue, meaning.priority)
        assert (ticket.details or {}).get("order_id") == meaning.order_id
        assert (ticket.reply is not None) == (meaning.queue in DRAFTED and meaning.priority == "normal")
    store = open_store(url)
    calls = list(store.iter_calls())
    store.close()
    made = Counter(call.agent for call in calls)
    assert made["intent"] == made["routing"] == len(MESSAGES)
    assert made["details"] == sum(ticket.details is not None for ticket in tickets)
    assert made["reply"] == sum(ticket.reply is not None for ticket in tickets)
    assert len({call.trace_id for call in calls}) == len(MESSAGES)
    assert all(call.usage and call.usage.input_tokens and call.response and call.duration_ms for call in calls)


def test_a_failing_llm_ends_the_work(tmp_path: Path):
    with connected(scripted=True) as gone:
        desk = build_desk(gone.chat.model_copy(update={"max_retries": 0}))
    with (
        Recorder(sqlite(tmp_path / "calls.db")) as recorder,
        pytest.raises(SlmInstrumentError, match="the LLM does not answer: Connection error"),
    ):
        handle(desk, [MESSAGES[0].text], recorder)


def test_only_an_earlier_demos_folder_is_emptied(tmp_path: Path):
    folder = clean_folder(tmp_path / "new")
    (folder / "calls.db").touch()
    assert [path.name for path in clean_folder(folder).iterdir()] == [".support_desk_demo"]
    (tmp_path / "mine.txt").touch()
    with pytest.raises(ConfigError, match="--work"):
        clean_folder(tmp_path)
    assert (tmp_path / "mine.txt").exists()
