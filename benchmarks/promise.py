"""Does the promise hold? Students certified anew, over and over, on other calls of the same kind.

    python -m benchmarks.promise MODELS... [--repetitions 200] [--target 0.95]

MODELS are bundles or folders of them. A bundle keeps the scores of its held-out calls. Those that it was not made from
(calibration and test) are taken for all the calls there are, so that the agreement at any threshold is known; from them
as many as it was calibrated with are drawn with replacement, and the threshold is certified on these alone. The promise
is broken where the known agreement at that threshold is below the target: by what was promised, in 5 % of the
repetitions at most.

Of those certified the broken may be more than 5 % where hardly any is certified: a student just below the target passes
seldom, and then always wrongly. Both shares are shown. Figures only go to ``benchmarks/results/promise.json``.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine
from slm_instrument.card.facts import one_line
from slm_instrument.errors import BundleError
from slm_instrument.runtime.bundle import Bundle, find_bundles
from slm_instrument.runtime.held_out import HeldOut, SplitScores, read_held_out
from slm_instrument.train.certify import Scores, certify

RESULTS = Path(__file__).parent / "results" / "promise.json"
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of the promise of one student over all repetitions; coverages are known, not estimated."""

    task: str
    family: str
    target: float
    calls: int
    drawn: int
    repetitions: int
    certified: int
    broken: int
    mean_coverage: float | None
    least_agreement: float | None

    @property
    def broken_share(self) -> float:
        """The share of the repetitions with a broken promise, 0..1."""
        return self.broken / self.repetitions


def main() -> None:
    """Run the benchmark."""
    options = arguments()
    rows = [
        repeat(bundle, held_out, options.target or bundle.manifest.certificate.target, options.repetitions)
        for bundle, held_out in students(options.models)
    ]
    if not rows:
        sys.exit("there is no bundle that keeps the scores of its held-out calls")
    for row in rows:
        print(told(row))
    keep(rows)
    if any(row.broken_share > 1 - CONFIDENCE for row in rows):
        sys.exit("a promise was broken more often than it may be")


def keep(rows: Sequence[Kept]) -> None:
    """Put these students' figures among those of the others, whose bundles may be gone."""
    RESULTS.parent.mkdir(exist_ok=True)
    kept: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    about = {"machine": machine(), "confidence": CONFIDENCE}
    for row in rows:
        kept[f"{row.task} ({row.family}, {row.calls} calls) at {row.target:g}"] = {**asdict(row), **about}
    RESULTS.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("models", type=Path, nargs="+", help="bundles, or folders of bundles")
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--target", type=float, help="agreement to certify [default: each student's own]")
    return parser.parse_args()


def students(folders: Sequence[Path]) -> Iterator[tuple[Bundle, HeldOut]]:
    """The bundles that keep their scores."""
    for folder in folders:
        for path, bundle in find_bundles(folder):
            if isinstance(bundle, BundleError):
                print(f"{path.name}: {bundle}", file=sys.stderr)
            elif held_out := read_held_out(bundle):
                yield bundle, held_out
            else:
                print(f"{path.name}: it keeps no scores", file=sys.stderr)


def repeat(bundle: Bundle, held_out: HeldOut, target: float, repetitions: int) -> Kept:
    """Certify a student on many draws of its held-out calls."""
    validation, every = scores_of(held_out.validation), scores_of(held_out.calibration + held_out.test)
    draw, size = np.random.default_rng(0), len(held_out.calibration.scores)
    known: list[tuple[float, float]] = []  # coverage and agreement where it was certified
    for _ in range(repetitions):
        drawn = draw.integers(0, len(every.scores), size)
        calibration = Scores(every.scores[drawn], every.agreed[drawn])
        threshold = certify(validation, calibration, target=target, confidence=CONFIDENCE).threshold
        if threshold is not None:
            accepted, agreed = every.accepted(threshold)
            known.append((accepted / len(every.scores), agreed / accepted))
    return Kept(
        task=bundle.manifest.task_name,
        family=bundle.manifest.family,
        target=target,
        calls=len(every.scores),
        drawn=size,
        repetitions=repetitions,
        certified=len(known),
        broken=sum(agreement < target for _, agreement in known),
        mean_coverage=sum(coverage for coverage, _ in known) / len(known) if known else None,
        least_agreement=min((agreement for _, agreement in known), default=None),
    )


def scores_of(split: SplitScores) -> Scores:
    return Scores.of(list(zip(split.scores, split.agreed, strict=True)))


def told(row: Kept) -> str:
    """A line for a person."""
    head = f"{one_line(row.task)} ({row.family}) at {row.target:g}: certified in {row.certified} of {row.repetitions}"
    if not row.certified:
        return head
    return (
        f"{head}, broken in {row.broken}, coverage {row.mean_coverage:.3f}, least agreement {row.least_agreement:.4f}"
    )


if __name__ == "__main__":
    main()
