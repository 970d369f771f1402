"""What every store does, as tests: subclass and say how yours is opened.

::

    class TestMyStore(DurableStoreContract):
        @pytest.fixture
        def open(self, tmp_path):
            return lambda **options: MyStore(tmp_path / "calls", **options)

:class:`StoreContract` is for a store that lives as long as its object, :class:`DurableStoreContract` for one that can
be opened again, by several processes at a time. Needs pytest and hypothesis.
"""

from contextlib import closing
from dataclasses import replace

import pytest

from slm_instrument.errors import StoreKeyError
from slm_instrument.records import Message
from slm_instrument.store import Store
from slm_instrument.testing.contract_calls import CallContract, Open
from slm_instrument.testing.contract_live import LiveContract
from slm_instrument.testing.contract_runs import RunContract
from slm_instrument.testing.samples import FULL, asked, dialogue, in_threads, save_analysis, task
from slm_instrument.vault import MasterKeys, new_master_key

__all__ = ["DurableStoreContract", "Open", "StoreContract"]


class StoreContract(CallContract, RunContract, LiveContract):
    """What every store does. Override the fixture ``open``."""


class DurableStoreContract(StoreContract):
    """What every store does that can be opened again, by several objects at a time."""

    def test_it_is_all_there_when_the_store_is_opened_again(self, open: Open) -> None:
        """Calls, origins, placeholders, tasks."""
        call = asked("ann@example.org, bob@example.org", id="a", trace_id="t", origin="ann")
        with closing(open()) as store:
            store.add_calls([call])
            save_analysis(store, [task("t1")], [("a", "t1")])
            before = list(store.iter_calls())
        with closing(open()) as store:
            store.add_calls([replace(call, id="b", messages=(Message("user", "bob@example.org"),))])
            first, second = store.iter_calls()
            assert [first] == before
            assert (second.origin, second.messages[0].text) == (first.origin, "<EMAIL_ADDRESS_2>")
            assert [t.id for t in store.tasks()] == ["t1"]

    def test_what_another_store_object_wrote_is_not_written_again_and_is_found(self, open: Open) -> None:
        """Neither waits for the other to close."""
        with closing(open()) as one, closing(open()) as two:
            one.add_calls([dialogue(3, id="a")])
            two.add_calls([dialogue(4, id="b"), dialogue(3, id="a")])
            one.add_calls([dialogue(4, id="c")])
            assert [call.id for call in two.iter_calls()] == [call.id for call in one.iter_calls()] == ["a", "b", "c"]

    def test_several_store_objects_write_at_once(self, open: Open) -> None:
        """The same texts too: nothing is lost, nothing comes twice, and none waits for another for ever."""
        stores = [open() for _ in range(4)]

        def write(store: Store, name: int) -> None:
            for batch in range(5):
                store.add_calls([dialogue(2, id=f"{name}-{batch}-{n}") for n in range(20)])

        in_threads([lambda name=name: write(stores[name % 4], name) for name in range(8)])
        assert len({call.id for call in stores[0].iter_calls()}) == stores[0].count_calls() == 8 * 5 * 20
        for store in stores:
            store.close()

    def test_another_key_opens_nothing(self, open: Open) -> None:
        """One clear line, and nothing is lost: with its key the store is as it was."""
        with closing(open()) as store:
            store.add_calls([FULL])
        with closing(open(keys=MasterKeys([new_master_key()]))) as store:
            with pytest.raises(StoreKeyError, match="encrypted with the key") as raised:
                list(store.iter_calls())
            assert "\n" not in str(raised.value)
            with pytest.raises(StoreKeyError, match="encrypted with the key"):
                store.add_calls([replace(FULL, id="another")])
            assert store.count_calls() == 1
            assert store.flags() == {}  # no secret: a kill switch works without the key
        with closing(open()) as store:
            assert list(store.iter_calls()) == [FULL]
