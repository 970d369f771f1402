"""Whether the static texts that tell calls apart are instructions, or data that recurs.

Both exclude each other: a call has one instruction, and one customer. Two things tell them apart. Data stays the same
through a trace, in all calls that hold it, whatever they are asked to do; and the answer's shape goes with the
instruction, not with the data.
"""

import numpy as np

from slm_instrument.analyze.corpus import Floats, Ints

MIN_BITS = 0.3  # of information that shapes of answers must hold to speak for or against
MIN_CALLS = 50  # of fewer, shapes say nothing
TELLING = 0.35  # of the information that a split could give on the answers' shapes; instructions gave .45 and more


def same_in_trace(child: Ints, traces: Ints) -> float:
    """How uniform traces are: the mean share of their most frequent child; 0 when no trace has several calls."""
    known = child >= 0
    order = np.lexsort((child[known], traces[known]))
    child, traces = child[known][order], traces[known][order]
    shares: list[float] = []
    for own in np.split(child, np.flatnonzero(np.diff(traces)) + 1):
        if len(own) > 1:
            shares.append(float(np.bincount(own).max()) / len(own))
    return float(np.mean(shares)) if shares else 0.0


def tells_shapes(child: Ints, shapes: Ints) -> float | None:
    """How much a split says of the answers' shapes, 0..1 and 0 by chance; None where the shapes say nothing.

    The mutual information less what a random split of the same sizes gives (its bias, Miller 1955), of the smaller of
    the two entropies.
    """
    _, child = np.unique(child, return_inverse=True)
    _, shapes = np.unique(shapes, return_inverse=True)
    table = np.zeros((int(child.max()) + 1, int(shapes.max()) + 1))
    np.add.at(table, (child, shapes), 1.0)
    of_child, of_shape = _bits(table.sum(axis=1)), _bits(table.sum(axis=0))
    if of_shape < MIN_BITS or of_child < MIN_BITS or len(child) < MIN_CALLS:
        return None
    bias = (table.shape[0] - 1) * (table.shape[1] - 1) / (2 * len(child) * np.log(2))
    return max(0.0, (of_child + of_shape - _bits(table.ravel()) - bias) / min(of_child, of_shape))


def _bits(counts: Floats) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())
