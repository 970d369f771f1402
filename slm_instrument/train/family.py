"""What a family of students is to the recipe: something that can object to a task, and can make a student for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from slm_instrument.curate.dataset import Dataset
from slm_instrument.progress import Listener
from slm_instrument.runtime.bundle import BaseModel, Bundle, Manifest, Parity, write_bundle
from slm_instrument.runtime.generator.bases import place_base
from slm_instrument.runtime.specs import AnyStudentSpec
from slm_instrument.store.base import Task

Method = Literal["lora", "qlora", "full"]
Precision = Literal["int8", "int4", "fp32"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to train; a family ignores what means nothing to it.

    ``epochs`` None suits them to the number of examples. ``method`` and ``precision`` are of the generator family, and
    ``teacher`` is a local language model with the same vocabulary whose token probabilities it learns from besides the
    recorded answers. ``members`` is of the pointer family: how many networks, trained one after the other, answer
    together.
    """

    epochs: int | None = None
    seed: int = 0
    method: Method = "lora"
    precision: Precision = "int8"
    teacher: str | None = None
    members: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One student to make.

    ``workspace`` is an empty folder that is removed afterwards, ``checkpoints`` one that outlives a killed run (None:
    nothing is kept). ``base`` is the pretrained model to start from, None for the family's own choice.
    """

    task: Task
    dataset: Dataset
    workspace: Path
    checkpoints: Path | None = None
    base: str | None = None
    options: Options = field(default_factory=Options)
    listener: Listener | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A student that has been made and not yet judged: its files by their names in the bundle.

    ``bases`` are the folders of models that it shares with other students, by their digest; a bundle only names them.

    The confidence of ``spec`` is still to be fitted.
    """

    spec: AnyStudentSpec
    files: Mapping[str, Path]
    parity: Parity
    base_model: BaseModel
    epochs: int
    bases: Mapping[str, Path] = field(default_factory=dict[str, Path])

    def write(self, root: Path, manifest: Manifest, files: Mapping[str, Path] | None = None) -> Bundle:
        """Write the bundle, and beside it the models that it shares.

        Args:
            root: the models folder.
            manifest: what is known of the student by now.
            files: what else belongs into the bundle.

        Raises:
            BundleError: the disk refuses.
        """
        for digest, folder in self.bases.items():
            place_base(root, folder, digest)
        return write_bundle(root, manifest, {**self.files, **(files or {})})


class Family(Protocol):
    """A way to make students."""

    @property
    def name(self) -> str:
        """What users call it."""
        ...

    def check(self, base: str | None) -> None:
        """Make sure, before anything that takes long, that the base model is there; None is the family's own choice.

        Raises:
            ConfigError: it is not.
        """
        ...

    def objection(self, job: Job) -> str | None:
        """Why it cannot be tried on this task, as the end of a sentence; found without training anything."""
        ...

    def make(self, job: Job) -> Made:
        """Train a student and export it.

        Raises:
            ConfigError: the base model cannot be used.
            InputError: it cannot be read, or the training does not fit the machine.
            ExportError: the exported model does not answer as the trained one.
        """
        ...
