"""A training that says when it has made five steps and kept each of them, and then waits to be killed."""

import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from slm_instrument.progress import Progress
from slm_instrument.train.generator.base_lm import find_base
from slm_instrument.train.generator.training import fine_tune

from .tiny import QUICK, examples


def wait(progress: Progress) -> None:
    if progress.stage == "train" and progress.done == 6:
        print("there", flush=True)
        time.sleep(60)


if __name__ == "__main__":
    base, out, kept = sys.argv[1:]
    torch.set_num_threads(1)
    taught = examples(find_base(base))
    recipe = replace(QUICK, checkpoint_s=0)
    fine_tune(find_base(base), taught, taught, Path(out), recipe=recipe, checkpoints=Path(kept), listener=wait)
