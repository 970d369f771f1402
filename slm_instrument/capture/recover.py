"""What processes that were killed, or ended without their store, left in the spool: written before a log is read."""

import logging

from slm_instrument.addresses import absolute_url, parse_url
from slm_instrument.capture.sink import Sink
from slm_instrument.capture.spool import Spool
from slm_instrument.store import Store

logger = logging.getLogger("slm_instrument")

_BATCH = 500


def recover(store: Store, url: str) -> int:
    """Write into the store what waits for it on disk and belongs to no running process; returns how many calls it took.

    Args:
        store: The open store.
        url: Its address, as the recorder was given it.

    Raises:
        StoreError: the store cannot be written; what is left waits on.
    """
    spool = Spool(absolute_url(parse_url(url)), keys=store.key_provider)
    sink = Sink(store)
    lost = 0
    try:
        found = spool.adopt()
        while calls := spool.oldest(_BATCH):
            lost += len(sink.add(calls))
            spool.settle()
        lost += spool.damaged
        if lost:
            logger.warning(
                "slm_instrument: %d calls of the spool were lost: torn by a crash, or no store takes them", lost
            )
        return found - lost
    finally:
        spool.close()
