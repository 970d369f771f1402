"""Where the dots of the map lie: each task an island of its own, and on it the calls by meaning.

Islands lie near each other when the tasks are of one application and are instructed alike. On an island usual calls are
in the middle and unusual ones at the rim, and calls alike on the same side. Dots lie on rings, so that none hides
another. Everything is computed in closed form or in a fixed number of steps from the same start: equal input gives an
equal map.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slm_instrument.analyze.embed import Vectors

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHORE = 1.6  # of an island around its dots, which are one apart
STRAIT = 2.5  # between two islands: room for a name
STEPS = 400
PULL = 0.02  # of the way to where it belongs that an island goes in a step
WIDTH = 1.6  # of the map, to its height
ASIDE = 0.15  # of the size of the map
OF_APP = 0.6  # weight of the application's mean in where a task belongs


@dataclass(frozen=True, slots=True)
class Island:
    """A task on the map: the middle and the radius."""

    x: float
    y: float
    radius: float


def lay_out(islands: Sequence[Vectors], meanings: Vectors, apps: Sequence[str | None]) -> tuple[list[Island], Floats]:
    """The islands, and the places of all dots, island by island.

    Args:
        islands: the vectors (n, d) of the calls on each, at least one.
        meanings: the vectors (islands, d) of what each task is about.
        apps: the application of each.

    Returns:
        The islands in the order given and the dots as (all calls, 2).
    """
    dots = [_dots(vectors) for vectors in islands]
    radii = np.array([np.hypot(*own.T).max() + SHORE for own in dots])
    middles = _apart((_belonging(meanings, apps) + _scattered(len(radii))) * _spread(radii), radii)
    placed = [own + middle for own, middle in zip(dots, middles, strict=True)]
    found = [Island(float(x), float(y), float(r)) for (x, y), r in zip(middles, radii, strict=True)]
    return found, np.concatenate(placed)


def _dots(vectors: Vectors) -> Floats:
    """Places around the middle: the ring by how far a call is from the usual one, the angle by what it is about."""
    away = vectors.astype(np.float64) - vectors.mean(axis=0)
    plane = _plane(away)
    angle = np.arctan2(plane[:, 1], plane[:, 0])
    order = np.argsort(np.linalg.norm(away, axis=1), kind="stable")
    places = np.zeros((len(vectors), 2))
    for ring, members in _rings(order):
        around = members[np.argsort(angle[members], kind="stable")]
        turns = -np.pi + 2 * np.pi * np.arange(len(around)) / len(around)
        places[around] = ring * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    return places


def _rings(order: Ints) -> Iterable[tuple[int, Ints]]:
    """Ring 0 is the middle, ring n has room for 6 n dots about one apart."""
    yield 0, order[:1]
    start, ring = 1, 1
    while start < len(order):
        yield ring, order[start : start + 6 * ring]
        start, ring = start + 6 * ring, ring + 1


def _plane(centred: Floats) -> Floats:
    """The first two principal components, signed so that the largest weight of each is positive."""
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, [-1, -2]] if axes.shape[1] > 1 else np.pad(axes, ((0, 0), (0, 1)))
    largest = np.abs(axes).argmax(axis=0)
    return centred @ (axes * np.where(axes[largest, np.arange(2)] < 0, -1.0, 1.0))


def _belonging(meanings: Vectors, apps: Sequence[str | None]) -> Floats:
    """Where each task belongs, about within the unit circle."""
    vectors = meanings.astype(np.float64)
    numbers = np.unique([app or "" for app in apps], return_inverse=True)[1]
    means = np.stack([vectors[numbers == number].mean(axis=0) for number in range(numbers.max() + 1)])
    vectors = (1 - OF_APP) * vectors + OF_APP * means[numbers]
    plane = _plane(vectors - vectors.mean(axis=0))
    return plane / max(1e-9, float(np.abs(plane).max())) * (WIDTH, 1.0)


def _scattered(count: int) -> Floats:
    """Small steps aside, no two alike: of tasks in the same place nothing would say which way to part them."""
    numbers = np.arange(count)
    angle = numbers * np.pi * (3 - np.sqrt(5))
    return ASIDE * np.sqrt(numbers / count)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _spread(radii: Floats) -> float:
    """About the radius of a disc that holds discs of these radii."""
    return 1.5 * float(np.sqrt((radii**2).sum()))


def _apart(middles: Floats, radii: Floats) -> Floats:
    """The middles moved so that no two islands overlap, and all are as near to the centre of the map as that allows."""
    at = middles
    needed = radii[:, None] + radii[None, :] + STRAIT
    np.fill_diagonal(needed, 0.0)
    weight = radii[None, :] ** 2 / (radii[:, None] ** 2 + radii[None, :] ** 2)  # the small one makes way
    for step in range(STEPS):
        if step < STEPS // 2:
            at = at * (1 - PULL * np.array([1 / WIDTH**2, 1.0]))
        between = at[:, None, :] - at[None, :, :]
        distance = np.maximum(np.hypot(between[..., 0], between[..., 1]), 1e-9)
        push = np.maximum(0.0, needed - distance) * weight / distance
        at = at + (between * push[..., None]).sum(axis=1)
    return at - (at.min(axis=0) + at.max(axis=0)) / 2
