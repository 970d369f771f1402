"""Training a student from the teacher's own answers, and proving how often it agrees (S5 of the paper's loop).

>>> from slm_instrument import open_store
>>> from slm_instrument.train import train
>>> result = train(open_store(), "intent", out="models")  # doctest: +SKIP
>>> print(result.summary())  # doctest: +SKIP

Needs the extra ``train``; torch and its kin are imported when a training starts.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from slm_instrument.comparators import comparator as find_comparator
from slm_instrument.config import Settings
from slm_instrument.curate.terms import TeacherTerms
from slm_instrument.errors import ConfigError, MissingExtraError
from slm_instrument.progress import Listener
from slm_instrument.store.base import Task
from slm_instrument.store.protocol import Store

if TYPE_CHECKING:
    from slm_instrument.select import Policy
    from slm_instrument.train.family import Method, Precision
    from slm_instrument.train.result import TrainResult

__all__ = ["train"]

STUDENTS = ("auto", "nearest", "classifier", "pointer", "few-shot", "generator")


def train(
    store: Store,
    task: Task | str,
    *,
    out: Path | str = "models",
    student: str = "auto",
    base: str | None = None,
    target: float = 0.95,
    confidence: float = 0.95,
    comparator: str | None = None,
    teacher_terms: str | None = None,
    teacher_terms_file: Path | str | None = None,
    epochs: int | None = None,
    method: "Method" = "lora",
    precision: "Precision" = "int8",
    teacher: str | None = None,
    members: int = 1,
    policy: "Policy | None" = None,
    seed: int = 0,
    progress: Listener | None = None,
) -> "TrainResult":
    """Train a student for a task, export it to ONNX, certify it and write its bundle.

    A bundle is written whatever the verdict; only a CERTIFIED one may answer at run time. A run that was killed goes on
    where its last checkpoint was, when it is started again with the same calls and arguments; the families that train
    for minutes only have none.

    Args:
        store: where the calls and tasks are; the dataset's lineage and the bundle are noted there.
        task: the task, its id or its name.
        out: the models folder; the bundle becomes a folder in it.
        student: a family, or ``auto`` for the cheapest that can be certified for most calls: ``nearest`` (the answer of
            the most similar call), ``classifier`` (an encoder that chooses), ``pointer`` (an encoder that builds
            answers of spans of the prompt), ``few-shot`` (a small language model that is shown examples), ``generator``
            (one that is fine-tuned).
        base: the pretrained model to start from: a folder, a GGUF file or a Hugging Face id; only with a named family.
        target: the agreement on accepted calls to certify.
        confidence: the probability with which the certificate must be right.
        comparator: what counts as agreement, see :mod:`slm_instrument.comparators`; default: equal normal forms,
            and no order among the items of what a schema says is a set.
        teacher_terms: what to do where a teacher's terms limit training on its answers: ``refuse``, ``warn`` or
            ``allow``, see :mod:`slm_instrument.curate.terms`; default: ``$SLM_INSTRUMENT_TEACHER_TERMS``, then warn.
        teacher_terms_file: rows of your own for the table of terms; default: ``$SLM_INSTRUMENT_TEACHER_TERMS_FILE``.
        epochs: how often to go over the training calls; None suits it to their number.
        method: of the generator: ``lora``, ``qlora`` (needs CUDA) or ``full``.
        precision: of the generator's exported weights: ``int8``, ``int4`` or ``fp32``.
        teacher: a local language model with the generator's vocabulary, whose token probabilities it learns from too.
        members: of the pointer: how many networks answer together; each takes as long to train and to ask again.
        policy: what ``auto`` may choose: licences, memory, latency, minutes of training; default: permissive licences,
            half of the free memory, an hour.
        seed: of every random choice. The same calls and seed give the same student on the same machine.
        progress: told of every step.

    Raises:
        NotFoundError: there is no such task, or several of that name.
        ConfigError: the task's answers are not for the named family, or an argument means nothing.
        NotEnoughDataError: too few calls to train and certify, or no family suits.
        TermsError: a teacher's terms do not let others be trained on its answers.
        InputError: the base model cannot be loaded, or the training does not fit the machine.
        ExportError: the exported model does not answer as the trained one.
        MissingExtraError: the extra ``train`` is not installed, or no ``runtime``.
        StoreError: the store fails.
        BundleError: the bundle cannot be written.
    """
    if student not in STUDENTS:
        raise ConfigError(f"there is no student family {student!r} (there are: {', '.join(STUDENTS)})")
    if student == "auto" and base is not None:
        raise ConfigError("a base model belongs to one family: name it too, as --student classifier")
    if not (0 < target < 1 and 0 < confidence < 1):
        raise ConfigError(f"target {target:g} and confidence {confidence:g} must lie between 0 and 1")
    settings = Settings.from_env()
    terms = TeacherTerms.of(teacher_terms or settings.teacher_terms, teacher_terms_file or settings.teacher_terms_file)
    found = store.find_task(task) if isinstance(task, str) else task
    if comparator is not None:
        find_comparator(comparator)  # what means nothing is said before anything that takes long
    try:
        from slm_instrument.select import Policy
        from slm_instrument.train.family import Options
        from slm_instrument.train.judging import Promise
        from slm_instrument.train.recipe import Order, train_student
    except ModuleNotFoundError as error:
        raise MissingExtraError("train", "training a student") from error
    _check_runtime()
    order = Order(
        out=Path(out),
        student=None if student == "auto" else student,
        base=base,
        policy=policy or Policy(precision=precision),
        promise=Promise(target=target, confidence=confidence, comparator=comparator),
        terms=terms,
        options=Options(epochs=epochs, seed=seed, method=method, precision=precision, teacher=teacher, members=members),
        listener=progress,
    )
    return train_student(store, found, order)


def _check_runtime() -> None:
    """See that a student can be run, which its export and certification need, before anything is trained.

    The extra ``train`` brings no ONNX Runtime: there are two packages of it that overwrite each other, and which one it
    is to be is the user's choice.
    """
    from slm_instrument.runtime.onnx import libraries

    try:
        libraries()
    except MissingExtraError as error:
        raise MissingExtraError("runtime", "a student, to be exported and certified,") from error
