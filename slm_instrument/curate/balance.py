"""How much of the training one answer may take."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from slm_instrument.curate.inputs import lot
from slm_instrument.curate.sample import Sample

LEAST_KEPT = 500  # inputs of one answer, before any is too many
MOST_OVER_MEDIAN = 20  # times the median answer's inputs


def balanced(samples: Sequence[Sample], seed: int) -> list[Sample]:
    """Training samples without the surplus of answers that swamp the others; held-out calls keep their true shares.

    Capping saves training time where most calls get one answer ("other"); it is mild, because a student that never
    sees the true shares is less sure of the usual answer than it could be.
    """
    counts = Counter(sample.label for sample in samples)
    most = max(LEAST_KEPT, int(MOST_OVER_MEDIAN * median(counts.values()))) if counts else 0
    surplus = {label for label, count in counts.items() if count > most}
    if not surplus:
        return list(samples)
    kept: set[str] = set()
    for label in surplus:
        of_label = sorted((s.call_id for s in samples if s.label == label), key=lambda call_id: lot(seed, call_id))
        kept.update(of_label[:most])
    return [sample for sample in samples if sample.label not in surplus or sample.call_id in kept]
