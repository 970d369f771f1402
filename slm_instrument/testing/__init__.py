"""For tests of code that uses this package: makers of calls, a store that fails as told, and the store's contract.

>>> from slm_instrument.store import open_store
>>> store = FlakyStore(open_store("memory://"))
>>> store.add_calls([make_call("Where is my parcel?", "shipping")])
1

Whoever writes a store of their own runs :class:`slm_instrument.testing.contract.StoreContract` over it; that module
needs pytest and hypothesis.
"""

from slm_instrument.testing.fakes import SYSTEM, FlakyStore, make_call

__all__ = ["SYSTEM", "FlakyStore", "make_call"]
