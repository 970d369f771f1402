"""How students are trained that are due, and what stays as it was for a task's earlier ones."""

from dataclasses import dataclass
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from slm_instrument.config import Settings
from slm_instrument.progress import Listener
from slm_instrument.refine.due import TARGET
from slm_instrument.refine.history import History
from slm_instrument.store.protocol import Store
from slm_instrument.train import train

if TYPE_CHECKING:
    from slm_instrument.select import Policy
    from slm_instrument.train.family import Method, Precision
    from slm_instrument.train.result import TrainResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """The arguments of :func:`slm_instrument.train.train` that are the same for all tasks.

    ``target`` is the agreement to certify. None leaves it at what a task's last student was made for, 0.95 for a first
    one. What counts as agreement stays as it was for the last student in any case.
    """

    student: str = "auto"
    base: str | None = None
    target: float | None = None
    epochs: int | None = None
    method: "Method" = "lora"
    precision: "Precision" = "int8"
    members: int = 1
    policy: "Policy | None" = None
    teacher_terms: str | None = None
    teacher_terms_file: Path | str | None = None
    seed: int = 0

    @property
    def digest(self) -> str:
        """Of all that may make a training that failed go well with the same calls."""
        settings = Settings.from_env()
        told = (version("slm-instrument"), self, settings.teacher_terms, settings.teacher_terms_file, settings.models)
        encoded = msgspec.json.encode(told, order="deterministic", enc_hook=str)
        return blake2b(encoded, digest_size=8).hexdigest()

    def run(self, store: Store, history: History, models: Path, listener: Listener | None) -> "TrainResult":
        """Train the task's student and certify it.

        The student is new from the ground up: the templates that find its calls are those of the last analysis, its
        gate is fitted and certified on calls of the new dataset, and any family may win. Raises as ``train`` does.
        """
        return train(
            store,
            history.task,
            out=models,
            student=self.student,
            base=self.base,
            target=self.target or history.target or TARGET,
            comparator=history.comparator,
            epochs=self.epochs,
            method=self.method,
            precision=self.precision,
            members=self.members,
            policy=self.policy,
            teacher_terms=self.teacher_terms,
            teacher_terms_file=self.teacher_terms_file,
            seed=self.seed,
            progress=listener,
        )
