"""What a training hands back."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from slm_instrument.curate.dataset import Curation
from slm_instrument.runtime.bundle import Certificate, Parity, TermsRecord, TestMetrics
from slm_instrument.store.base import Verdict
from slm_instrument.train.ladder import Rung

WORTH_TELLING = 0.01  # of the teacher's agreement with itself


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainResult:
    """A student that was made, whatever its verdict. Times are seconds, sizes bytes.

    ``student`` is its family, ``rungs`` are all families that were tried or passed over on the way to it.
    ``comparator`` is the spec of what counted as agreement.
    """

    task_id: str
    task_name: str
    bundle_id: str
    path: Path
    student: str
    rungs: Sequence[Rung]
    certificate: Certificate
    test: TestMetrics
    parity: Parity
    comparator: str
    curation: Curation
    terms: TermsRecord | None
    answers: int
    epochs: int
    seconds: float
    model_bytes: int

    @property
    def verdict(self) -> Verdict:
        """What certification says."""
        return self.certificate.verdict

    def to_json(self) -> dict[str, Any]:
        """Plain values under the names of the fields."""
        return msgspec.to_builtins({"verdict": self.verdict, **_fields(self)}, enc_hook=str)

    def summary(self) -> str:
        """A few lines for a person."""
        certificate, test = self.certificate, self.test
        lines = [
            f"{self.task_name}: {self.verdict} (target {certificate.target:g}, confidence {certificate.confidence:g})",
            f"  calibration  {_accepted(certificate)} (at least {certificate.agreement_low:.1%})",
            f"  test         {_accepted(test)}; {_share(test.agreement_all)} without the gate",
            *self._teacher,
            f"  student      {self._made_of}, {test.latency_ms or 0:.1f} ms a call, trained in {self.seconds:.0f} s",
            f"  bundle       {self.path}",
        ]
        lines += [f"  {'tried' if at == 0 else '':12} {_rung(rung)}" for at, rung in enumerate(self.rungs)]
        if self.verdict is not Verdict.CERTIFIED:
            lines.append("  The LLM goes on answering this task. More calls, or steadier answers, may change that.")
        return "\n".join(lines)

    @property
    def _teacher(self) -> list[str]:
        """How often the teacher agrees with itself, where that is known, and by which comparator clearly more often."""
        curation = self.curation
        known = curation.ceilings.get(self.comparator, curation.conflicts.ceiling)
        if known is None:
            return []
        line = f"  teacher      agrees with itself on {known:.1%} of the calls that repeat an input"
        spec, looser = max(curation.ceilings.items(), key=lambda item: item[1], default=("", known))
        told = f'; {looser:.1%} by --comparator "{spec}"' if looser >= known + WORTH_TELLING else ""
        return [line + told]

    @property
    def _made_of(self) -> str:
        answers = f", {self.answers} answers" if self.answers else ""
        return f"{self.student}, {self.parity.shipped}, {self.model_bytes / 1e6:.1f} MB{answers}"


def _rung(rung: Rung) -> str:
    if rung.verdict is None:
        return f"{rung.student}: not made, {rung.reason}"
    coverage = f", answers {rung.coverage:.1%}" if rung.verdict is Verdict.CERTIFIED and rung.coverage else ""
    return f"{rung.student}: {rung.verdict}{coverage}, {_share(rung.validation_agreement)} right without the gate"


def _fields(result: TrainResult) -> dict[str, Any]:
    return {name: getattr(result, name) for name in result.__dataclass_fields__}


def _accepted(figures: Certificate | TestMetrics) -> str:
    agreement = _share(figures.agreement)
    return f"{figures.accepted} of {figures.calls} calls accepted ({figures.coverage:.1%}), agreement {agreement}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
