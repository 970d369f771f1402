"""Holds a store's lock until it is killed."""

import sys
import time
from pathlib import Path

from slm_instrument.refine.lock import held
from slm_instrument.store import open_store

if __name__ == "__main__":
    url, models = sys.argv[1:]
    with held(open_store(url), Path(models)) as ours:
        assert ours
        print("there", flush=True)
        time.sleep(600)
