"""What a bundle says of its student: the data of ``manifest.json``, and nothing that needs numpy or ONNX.

The training writes it, the runtime reads it. :func:`decode_manifest` checks types and the rules that types cannot say,
so that code behind it may trust every field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from slm_instrument.canonical import AnswerKind
from slm_instrument.errors import BundleError
from slm_instrument.runtime.specs import AnyStudentSpec
from slm_instrument.store.base import Verdict
from slm_instrument.template import Template

FORMAT = 2  # raised by every change that an older package could not read rightly
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class BaseModel:
    """The pretrained model that the student was made from; the digest is of its weights file."""

    name: str
    licence: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class FileDigest:
    """A file of the bundle as it was written."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What was shown on calibration calls that were used for nothing else.

    ``threshold`` is the lowest score that the gate accepts, or None when no threshold could be certified: then nothing
    is accepted. The other figures are at that threshold, or at the strictest one tried. ``agreement_low`` and
    ``agreement_high`` are one-sided exact bounds, each at ``confidence``.
    """

    verdict: Verdict
    target: float
    confidence: float
    threshold: float | None
    calls: int
    accepted: int
    agreement: float | None
    agreement_low: float
    agreement_high: float
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TestMetrics:
    """Figures on held-out calls that decided nothing: agreement on all calls, and on those that the gate accepts."""

    __test__ = False  # pytest collects classes of this name otherwise

    calls: int
    agreement_all: float | None
    accepted: int
    agreement: float | None
    agreement_low: float
    agreement_high: float
    coverage: float
    latency_ms: float | None  # median of one call, tokenising included, on one thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """How the exported models answer the held-out inputs, compared with the trained one.

    Agreement is the share of inputs with the same answer, drift the largest difference of a probability. The model in
    the bundle is ``shipped``; ``quantised_*`` are of the quantised one and None when that was not tried.
    """

    inputs: int
    fp32_agreement: float
    fp32_drift: float
    quantised_agreement: float | None
    quantised_drift: float | None
    shipped: Literal["int8", "int4", "fp32"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What the student was made from: the dataset's id in the store, and how many calls each split had."""

    dataset_id: str
    training: int
    validation: int
    calibration: int
    test: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtBy:
    """Who answered ``calls`` of the usable calls, and what its terms say of training on its answers.

    ``limits`` is that in a few words, ``source`` where it is written and how it was read.
    """

    provider: str | None
    model: str | None
    calls: int
    verdict: Literal["allowed", "restricted", "forbidden", "unknown"]
    limits: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsRecord:
    """What was decided on the teachers' terms before the training, and who took their limits on, where somebody did."""

    policy: Literal["refuse", "warn", "allow"]
    acknowledged_by: str | None
    teachers: tuple[TaughtBy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionRecord:
    """What was taken out of the texts that the student learned from.

    ``level`` is that of stage one, which live prompts go through before the student is asked; ``names`` says whether
    names and the like (stage two) were taken out of the training texts.
    """

    level: Literal["off", "secrets", "standard", "strict"]
    names: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All that is known of a student. ``student`` is what its family needs; ``comparator`` decides what agrees."""

    format: int
    id: str
    created_at: datetime
    task_id: str
    task_name: str
    task_kind: AnswerKind
    templates: tuple[Template, ...]
    comparator: str
    student: AnyStudentSpec
    certificate: Certificate
    test: TestMetrics
    parity: Parity
    base_model: BaseModel
    lineage: Lineage
    libraries: Mapping[str, str]
    terms: TermsRecord | None = None
    redaction: RedactionRecord | None = None
    files: Mapping[str, FileDigest] = field(default_factory=dict[str, FileDigest])

    @property
    def family(self) -> str:
        """The family of the student."""
        return self.student.family

    @property
    def may_answer(self) -> bool:
        """Whether certification allows the student to answer in the teacher's place."""
        return self.certificate.verdict is Verdict.CERTIFIED


def encode_manifest(manifest: Manifest) -> bytes:
    """The manifest as indented JSON. Keys keep their order: a generator says them in that of its schema."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def decode_manifest(data: bytes) -> Manifest:
    """Read and check a manifest.

    Raises:
        BundleError: no JSON, another format version, a missing field or one of the wrong type or range.
    """
    try:
        version = msgspec.json.decode(data, type=_Version).format
        if version != FORMAT:
            raise BundleError(f"its format is {version}, this version of slm_instrument reads {FORMAT}")
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleError(str(error)) from error
    problem = _problem(manifest)
    if problem is not None:
        raise BundleError(problem)
    return manifest


class _Version(msgspec.Struct):
    format: int


def _problem(manifest: Manifest) -> str | None:
    """The first rule that a well-typed manifest breaks."""
    certificate = manifest.certificate
    outside = [name for name in manifest.files if PurePosixPath(name).name != name or "\\" in name]
    missing = [name for name in manifest.student.FILES if name not in manifest.files]
    if outside:
        return f"the file name {outside[0]!r} leads out of the bundle"
    if missing:
        return f"it lists no {missing[0]}"
    broken = manifest.student.problem()
    if broken is not None:
        return broken
    if manifest.may_answer and certificate.threshold is None:
        return "it is certified without a threshold"
    return None
