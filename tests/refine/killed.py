"""A refinement that says when its student is certified, and then waits to be killed."""

import sys
import time

from slm_instrument.progress import Progress
from slm_instrument.refine import refine
from slm_instrument.refine.training import Training
from slm_instrument.store import open_store


def wait(progress: Progress) -> None:
    if progress.stage == "certify" and progress.done > 10:
        print("there", flush=True)
        time.sleep(600)


if __name__ == "__main__":
    url, models, base = sys.argv[1:]
    refine(open_store(url), models, every=True, training=Training(student="nearest", base=base), progress=wait)
