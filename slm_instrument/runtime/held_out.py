"""What a bundle keeps of its certification: the scores of all held-out calls, and what else they show.

No text of a call is in it. The model card draws its curve from it, and anyone can repeat the certification.
"""

from collections.abc import Sequence

import msgspec

from slm_instrument.errors import BundleError
from slm_instrument.runtime.bundle import Bundle
from slm_instrument.runtime.manifest import Certificate

HELD_OUT = "held_out.json"


class SplitScores(msgspec.Struct, frozen=True):
    """The scores that the gate gave to calls, and whether the student agreed with the teacher on each."""

    scores: Sequence[float] = ()
    agreed: Sequence[bool] = ()

    def __add__(self, other: "SplitScores") -> "SplitScores":
        """The calls of both."""
        return SplitScores((*self.scores, *other.scores), (*self.agreed, *other.agreed))


class FieldAgreement(msgspec.Struct, frozen=True):
    """How often a place of the answer agreed, of the test calls where either answer has it."""

    place: str
    answers: int
    agreed: int


class HeldOut(msgspec.Struct, frozen=True, kw_only=True):
    """The held-out calls of a student.

    ``also`` are certificates at other targets than the student's own. They hold together with the probability of the
    student's certificate, and each has the higher ``confidence`` that this takes. ``fields`` are of answers that have
    places, worst first.
    """

    validation: SplitScores
    calibration: SplitScores
    test: SplitScores
    also: Sequence[Certificate] = ()
    fields: Sequence[FieldAgreement] = ()


def encode_held_out(held_out: HeldOut) -> bytes:
    """As JSON."""
    return msgspec.json.encode(held_out)


def read_held_out(bundle: Bundle) -> HeldOut | None:
    """The held-out calls of a bundle; None when it keeps none.

    Raises:
        BundleError: the file is missing, altered, or not what it should be.
    """
    if HELD_OUT not in bundle.manifest.files:
        return None
    try:
        held_out = msgspec.json.decode(bundle.read(HELD_OUT), type=HeldOut)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleError(f"{bundle.path}: {HELD_OUT}: {error}") from error
    if any(len(part.scores) != len(part.agreed) for part in (held_out.validation, held_out.calibration, held_out.test)):
        raise BundleError(f"{bundle.path}: {HELD_OUT}: it has not as many answers as scores")
    return held_out
