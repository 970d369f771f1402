"""The state of a training, written after every epoch, so that a killed run goes on where it was."""

import logging
import os
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch

logger = logging.getLogger("slm_instrument")


class Checkpoints:
    """One file in a folder that outlives the run.

    Args:
        folder: made when it is missing.
        told_by: all that the run depends on; a file of a run that depends on anything else is not gone on with.
    """

    def __init__(self, folder: Path, told_by: str) -> None:
        digest = blake2b(told_by.encode(), digest_size=8).hexdigest()
        self.file = folder / f"pointer-{digest}.pt"

    def save(self, state: Any) -> None:
        """Write the state, whole or not at all; a disk that refuses costs a warning and not the training."""
        aside = self.file.with_suffix(".part")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            torch.save(state, aside)
            os.replace(aside, self.file)
        except (OSError, RuntimeError) as error:  # torch raises RuntimeError when the disk is full
            with suppress(OSError):
                aside.unlink()
            logger.warning("slm_instrument: no checkpoint of the training is kept: %s", _first_line(error))

    def load(self) -> Any | None:
        """The state written last, or None; a file that cannot be read costs a warning and is begun anew."""
        if not self.file.is_file():
            return None
        try:
            return torch.load(self.file, map_location="cpu", weights_only=True)
        except Exception as error:  # torch and pickle raise a dozen unrelated types for damaged files
            logger.warning(
                "slm_instrument: the checkpoint %s is damaged (%s); training starts again",
                self.file,
                _first_line(error),
            )
            return None

    def remove(self) -> None:
        """Delete the file, once the student is made."""
        self.file.unlink(missing_ok=True)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
