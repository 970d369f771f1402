"""Training a student from the teacher's own answers, and proving how often it agrees (S5 of the paper's loop).

>>> from slm_instrument import open_store
>>> from slm_instrument.train import train
>>> result = train(open_store(), "intent", out="models")  # doctest: +SKIP
>>> print(result.summary())  # doctest: +SKIP

Needs the extra ``train``; torch and its kin are imported when a training starts.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from slm_instrument.config import Settings
from slm_instrument.curate.terms import TeacherTerms
from slm_instrument.errors import ConfigError, MissingExtraError
from slm_instrument.progress import Listener
from slm_instrument.store.base import Task
from slm_instrument.store.protocol import Store

if TYPE_CHECKING:
    from slm_instrument.train.result import TrainResult

__all__ = ["train"]

STUDENTS = ("auto", "classifier")


def train(
    store: Store,
    task: Task | str,
    *,
    out: Path | str = "models",
    student: str = "auto",
    base: str | None = None,
    target: float = 0.95,
    confidence: float = 0.95,
    teacher_terms: str | None = None,
    teacher_terms_file: Path | str | None = None,
    epochs: int | None = None,
    seed: int = 0,
    progress: Listener | None = None,
) -> "TrainResult":
    """Train a student for a task, export it to ONNX, certify it and write its bundle.

    A bundle is written whatever the verdict; only a CERTIFIED one may answer at run time.

    Args:
        store: where the calls and tasks are; the dataset's lineage and the bundle are noted there.
        task: the task, its id or its name.
        out: the models folder; the bundle becomes a folder in it.
        student: the family, or ``auto`` for the one that suits the task. There is one so far: ``classifier``.
        base: the pretrained encoder to start from, a folder or a Hugging Face id; default all-MiniLM-L6-v2.
        target: the agreement on accepted calls to certify.
        confidence: the probability with which the certificate must be right.
        teacher_terms: what to do where a teacher's terms limit training on its answers: ``refuse``, ``warn`` or
            ``allow``, see :mod:`slm_instrument.curate.terms`; default: ``$SLM_INSTRUMENT_TEACHER_TERMS``, then warn.
        teacher_terms_file: rows of your own for the table of terms; default: ``$SLM_INSTRUMENT_TEACHER_TERMS_FILE``.
        epochs: how often to go over the training calls; None suits it to their number.
        seed: of every random choice. The same calls and seed give the same student on the same machine.
        progress: told of every step.

    Raises:
        NotFoundError: there is no such task, or several of that name.
        ConfigError: the task's answers are no closed set, or an argument means nothing.
        NotEnoughDataError: too few calls to train and certify.
        TermsError: a teacher's terms do not let others be trained on its answers.
        InputError: the base model cannot be loaded.
        ExportError: the exported model does not answer as the trained one.
        MissingExtraError: the extra ``train`` is not installed.
        StoreError: the store fails.
        BundleError: the bundle cannot be written.
    """
    if student == "generator":
        raise ConfigError(
            "the generator family is not built yet; the classifier answers tasks with a closed set of answers"
        )
    if student not in STUDENTS:
        raise ConfigError(f"there is no student family {student!r} (there are: {', '.join(STUDENTS)})")
    if not (0 < target < 1 and 0 < confidence < 1):
        raise ConfigError(f"target {target:g} and confidence {confidence:g} must lie between 0 and 1")
    settings = Settings.from_env()
    terms = TeacherTerms.of(teacher_terms or settings.teacher_terms, teacher_terms_file or settings.teacher_terms_file)
    found = store.find_task(task) if isinstance(task, str) else task
    try:
        from slm_instrument.train.classifier import Recipe
        from slm_instrument.train.recipe import Promise, train_classifier
    except ModuleNotFoundError as error:
        raise MissingExtraError("train", "training a student") from error
    return train_classifier(
        store,
        found,
        out=Path(out),
        base=base,
        promise=Promise(target=target, confidence=confidence),
        terms=terms,
        recipe=Recipe(epochs=epochs, seed=seed),
        listener=progress,
    )
