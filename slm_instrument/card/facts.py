"""What a card says, in words, for whatever form it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from slm_instrument.analyze.report.texts import visible
from slm_instrument.privacy.retired import why_retired
from slm_instrument.runtime.bundle import Bundle, Certificate, Manifest, TestMetrics
from slm_instrument.runtime.held_out import HeldOut, SplitScores, read_held_out
from slm_instrument.store.base import Verdict

NOTHING = "-"  # where there is no figure

FAMILIES = {
    "nearest": "the answers of the most similar recorded inputs, found by a frozen encoder",
    "classifier": "a fine-tuned encoder that chooses from a closed set of answers",
    "pointer": "a fine-tuned encoder and a small decoder that build the answer from spans of the input",
    "generator": "a small language model that writes the answer token by token",
}

Rows = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it, as pairs of a word and a text."""

    title: str
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Card:
    """All that a card is made from.

    ``held_out`` is None for a bundle that keeps no scores: its card has no plot. ``retired`` says why the student may
    not serve any more, None where it may.
    """

    manifest: Manifest
    held_out: HeldOut | None
    retired: str | None = None

    @classmethod
    def read(cls, folder: Path | str) -> "Card":
        """The card of a bundle.

        Raises:
            BundleError: the folder is no bundle, or a file of it is missing or altered.
        """
        bundle = Bundle.load(folder)
        return cls(bundle.manifest, read_held_out(bundle), why_retired(bundle.path))

    @property
    def certified_on(self) -> SplitScores:
        """The calls that the certificate rests on, and so the curve."""
        return SplitScores() if self.held_out is None else self.held_out.calibration

    @property
    def retirement(self) -> str | None:
        """That the student may not serve any more, and why, as a sentence; None where it may."""
        return None if self.retired is None else f"RETIRED: it may not answer any more: {one_line(self.retired)}."

    @property
    def verdict(self) -> str:
        """The verdict and what it means, as a sentence."""
        shown = self.manifest.certificate
        target, probability = percent(shown.target), f"{shown.confidence:.4g}"
        match shown.verdict:
            case Verdict.CERTIFIED:
                return (
                    f"CERTIFIED: with probability {probability}, it agrees with its teacher on at least {target} of "
                    f"the calls that its gate accepts, which are about {percent(shown.coverage)} of all."
                )
            case Verdict.INSUFFICIENT:
                return (
                    f"INSUFFICIENT: the held-out calls do not show that it agrees with its teacher on {target} of any "
                    "calls that a gate could choose. It may not answer."
                )
            case Verdict.FAILED:
                return (
                    f"FAILED: the held-out calls show that it agrees with its teacher on less than {target} of the "
                    "calls, wherever the gate is put. It may not answer."
                )

    @property
    def sections(self) -> list[Section]:
        """All figures and names, in the order in which they are read."""
        return [
            Section("What it is", self._what()),
            Section("What it was made from", self._origin()),
            Section("What was shown on held-out calls", self._shown()),
            Section("Speed, size and parity", self._costs()),
        ]

    @property
    def limits(self) -> list[str]:
        """What nobody should expect of it, as sentences."""
        manifest, shown = self.manifest, self.manifest.certificate
        found = [
            "Agreement is with the teacher: where the teacher is wrong, so is the student.",
            "The figures hold for calls like the recorded ones. When prompts, users or the teacher change, only the "
            "comparison of live calls tells (shadow mode, audit share).",
            "What is promised is a share of the accepted calls, not any one of them.",
        ]
        if shown.verdict is Verdict.CERTIFIED and shown.coverage < 0.5:
            found.append(f"It answers {percent(shown.coverage)} of the calls; all others still cost what they did.")
        if shown.verdict is Verdict.CERTIFIED and manifest.test.agreement_high < shown.agreement_low:
            found.append(
                "It agrees less on the test calls, which are the latest where times are known, than on the calibration "
                "calls: the calls may be changing."
            )
        if manifest.redaction is not None and manifest.redaction.level != "off":
            found.append("It learned from masked texts, and is asked masked texts.")
        limited = (
            [taught for taught in manifest.terms.teachers if taught.verdict != "allowed"] if manifest.terms else []
        )
        found += [f"The terms of {_teacher(taught.provider, taught.model)}: {taught.limits}." for taught in limited]
        return found

    def _what(self) -> Rows:
        manifest = self.manifest
        answers = len(manifest.student.known_answers)
        base = manifest.base_model
        return [
            ("task", f"{manifest.task_name} ({manifest.task_id})"),
            ("student", f"{manifest.family}: {FAMILIES.get(manifest.family, 'a family of its own')}"),
            ("answers", f"{manifest.task_kind.value.replace('_', ' ')}{f', one of {answers:,}' if answers else ''}"),
            ("base model", f"{base.name}, licence {base.licence or 'not stated'}, SHA-256 {base.sha256[:16]}..."),
            ("bundle", f"{manifest.id}, made {manifest.created_at:%Y-%m-%d %H:%M} UTC"),
        ]

    def _origin(self) -> Rows:
        manifest = self.manifest
        lineage, terms, redaction = manifest.lineage, manifest.terms, manifest.redaction
        rows = [
            (
                "calls",
                f"{lineage.training:,} to train, {lineage.validation:,} to choose, {lineage.calibration:,} to certify, "
                f"{lineage.test:,} to test (dataset {lineage.dataset_id})",
            )
        ]
        if terms is None:
            rows.append(("teacher", "not recorded"))
        else:
            rows += [
                (
                    "teacher",
                    f"{_teacher(taught.provider, taught.model)}, {taught.calls:,} calls; training on its answers is "
                    f"{taught.verdict}",
                )
                for taught in terms.teachers
            ]
            by = f", taken on by {terms.acknowledged_by}" if terms.acknowledged_by else ""
            rows.append(("terms", f"policy {terms.policy}{by}"))
        if redaction is None:
            rows.append(("redaction", "not recorded"))
        else:
            names = "with" if redaction.names else "without"
            rows.append(("redaction", f"level {redaction.level}, {names} the removal of names"))
        return rows

    def _shown(self) -> Rows:
        manifest, shown, test = self.manifest, self.manifest.certificate, self.manifest.test
        threshold = NOTHING if shown.threshold is None else f"{shown.threshold:.4f}"
        rows = [
            ("promise", f"agreement {percent(shown.target)}, confidence {shown.confidence:.4g}, threshold {threshold}"),
            ("calibration", _accepted(shown)),
            ("test", _accepted(test)),
            ("without gate", f"agreement {percent(test.agreement_all)} on all {test.calls:,} test calls"),
        ]
        held_out = self.held_out
        if held_out is not None:
            rows += [(f"at {percent(other.target)}", _other(other)) for other in held_out.also]
            rows += [
                (f"field {field.place}", f"{percent(field.agreed / field.answers)} of {field.answers:,} test calls")
                for field in held_out.fields
                if field.answers
            ]
        return [*rows, ("agree by", manifest.comparator)]

    def _costs(self) -> Rows:
        manifest, parity = self.manifest, self.manifest.parity
        latency = manifest.test.latency_ms
        size = sum(file.bytes for file in manifest.files.values())
        rows = [
            (
                "latency",
                NOTHING if latency is None else f"{latency:.1f} ms a call, median of the test calls, one thread",
            ),
            ("size", f"{size / 1e6:.1f} MB in {len(manifest.files)} files, weights in {parity.shipped}"),
            ("fp32 parity", _parity(parity.fp32_agreement, parity.fp32_drift, parity.inputs)),
        ]
        if parity.quantised_agreement is not None and parity.quantised_drift is not None:
            figures = _parity(parity.quantised_agreement, parity.quantised_drift, parity.inputs)
            rows.append(("quantised", f"{figures}{' (not shipped)' if parity.shipped == 'fp32' else ''}"))
        return [*rows, ("libraries", ", ".join(f"{name} {at}" for name, at in sorted(manifest.libraries.items())))]


def percent(share: float | None) -> str:
    """A share in 0..1, to read: four digits, as far as they are not zeros."""
    return NOTHING if share is None else f"{share * 100:.4g} %"


def one_line(text: str) -> str:
    """A text from a log, or a file, as one line in which nothing acts on a terminal."""
    return " ".join(visible(text).split())


def _accepted(figures: Certificate | TestMetrics) -> str:
    if figures.agreement is None:
        return f"none of {figures.calls:,} calls accepted"
    return (
        f"{figures.accepted:,} of {figures.calls:,} calls accepted ({percent(figures.coverage)}), agreement "
        f"{percent(figures.agreement)} (between {percent(figures.agreement_low)} and {percent(figures.agreement_high)})"
    )


def _other(certificate: Certificate) -> str:
    if certificate.verdict is not Verdict.CERTIFIED:
        return f"{certificate.verdict}"
    accepted = f"{percent(certificate.coverage)} of the calibration calls accepted"
    return f"{certificate.verdict}, {accepted} (confidence {certificate.confidence:.4g})"


def _parity(agreement: float, drift: float, inputs: int) -> str:
    return (
        f"answers as the trained model on {percent(agreement)} of {inputs:,} inputs, probabilities within {drift:.2g}"
    )


def _teacher(provider: str | None, model: str | None) -> str:
    return "/".join(part for part in (provider, model) if part) or "an unnamed teacher"
