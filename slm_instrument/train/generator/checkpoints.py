"""What a killed training goes on from."""

import logging
import os
import time
from pathlib import Path
from typing import Any

import torch

logger = logging.getLogger("slm_instrument")

_KEPT = 2  # the newest, and the one before in case the newest is broken


class Keeper:
    """Writes the state of one run into a folder, and finds it again.

    Args:
        folder: it outlives the process; None: nothing is kept.
        fingerprint: of everything that the run depends on, so that it never goes on from another run's state.
        every_s: seconds between two checkpoints.
    """

    def __init__(self, folder: Path | None, fingerprint: str, every_s: float) -> None:
        self._folder, self._every_s = folder, every_s
        self._name = f"generator-{fingerprint[:16]}"
        self._last = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time for the next one."""
        return self._folder is not None and time.monotonic() - self._last >= self._every_s

    def newest(self) -> dict[str, Any] | None:
        """The newest state that is whole; None to begin from the start."""
        for file in reversed(self._files(self._name)):
            try:
                return torch.load(file, map_location="cpu", weights_only=True)
            except Exception as error:  # torch raises whatever its unpickler meets in a broken file
                reason = str(error).strip().partition("\n")[0][:100]
                logger.warning("slm_instrument: the checkpoint %s is broken and passed over: %s", file, reason)
        return None

    def save(self, step: int, state: dict[str, Any]) -> None:
        """Keep a state; a run whose state cannot be kept goes on, and says so."""
        if self._folder is None:
            return
        file = self._folder / f"{self._name}-{step:07d}.pt"
        draft = file.with_suffix(".draft")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with draft.open("wb") as stream:
                torch.save(state, stream)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(file)
        except (OSError, RuntimeError) as error:  # torch's writer makes a RuntimeError of a full disk
            draft.unlink(missing_ok=True)
            logger.warning("slm_instrument: no checkpoint at step %d: %s cannot be written: %s", step, file, error)
        else:
            for old in self._files(self._name)[:-_KEPT]:
                old.unlink(missing_ok=True)
        self._last = time.monotonic()

    def clear(self) -> None:
        """Remove all checkpoints of generators of this task, also of earlier runs with other calls or settings."""
        for file in self._files("generator-"):
            file.unlink(missing_ok=True)

    def _files(self, prefix: str) -> list[Path]:
        """Oldest first."""
        return [] if self._folder is None else sorted(self._folder.glob(f"{prefix}*.pt"))
