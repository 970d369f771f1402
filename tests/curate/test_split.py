"""No held-out input has a twin in training, whatever the data look like."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from slm_instrument.curate.split import SPLITS, Sizes, assign_splits, least_evidence
from slm_instrument.curate.twins import LADDER, LARGEST_CLUSTER, cluster_twins, mask_digits


class Directions:
    """An embedder that puts texts on directions given by their first letter, and nearly so for capital letters."""

    name = "directions"

    def __call__(self, texts):
        vectors = np.zeros((len(texts), 60), dtype=np.float32)
        for row, text in enumerate(texts):
            letter = ord(text[0].lower()) - ord("a")
            vectors[row, letter] = 1.0
            vectors[row, 30 + letter] = 0.25 if text[0].isupper() else 0.0  # cosine 0.970 to the small letter
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Random:
    """An embedder of seeded random directions in few dimensions, so that some are close by chance."""

    name = "random"

    def __init__(self, seed, dimensions):
        self.seed, self.dimensions = seed, dimensions

    def __call__(self, texts):
        draw = np.random.default_rng(self.seed)
        vectors = draw.normal(size=(len(texts), self.dimensions)).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def texts_by_letter(letters):
    return [f"{letter} text" for letter in letters]


class TestTwins:
    def test_near_directions_are_twins(self):
        clusters = cluster_twins(texts_by_letter("aAbBcdefghijklmnopqrstuvw"), Directions())
        assert clusters.similarity == 0.95
        assert clusters.of[0] == clusters.of[1]
        assert clusters.of[2] == clusters.of[3]
        assert len(set(clusters.of.tolist())) == 23

    def test_numbers_make_no_new_phrasing(self):
        assert mask_digits("order 4711, 2 items") == "order 0, 0 items"
        clusters = cluster_twins(["a 12", "a 345", *texts_by_letter("bcdefghijklm")], Directions())
        assert clusters.of[0] == clusters.of[1]

    def test_a_task_of_one_phrasing_does_not_become_one_cluster(self):
        class Alike(Directions):
            def __call__(self, texts):
                return np.ones((len(texts), 4), dtype=np.float32) / 2

        clusters = cluster_twins([f"text {letter}" for letter in "abcdefgh"], Alike())
        assert clusters.similarity is None
        assert len(set(clusters.of.tolist())) == 8

    @settings(deadline=None, max_examples=30)
    @given(seed=st.integers(0, 10_000), count=st.integers(1, 700), dimensions=st.integers(3, 8))
    def test_clusters_are_whole_and_bounded(self, seed, count, dimensions):
        embedder = Random(seed, dimensions)
        # Six random letters a text, so that masking leaves them distinct and sorting keeps the embedder's order.
        texts = [f"{number:06d}".translate(str.maketrans("0123456789", "abcdefghij")) for number in range(count)]
        clusters = cluster_twins(texts, embedder)
        if clusters.similarity is None:
            return
        vectors = embedder(texts)
        close = vectors @ vectors.T >= clusters.similarity
        same = clusters.of[:, None] == clusters.of[None, :]
        assert not (close & ~same).any()
        assert np.bincount(clusters.of).max() <= max(1, LARGEST_CLUSTER * count)
        assert clusters.similarity in LADDER


class TestSizes:
    def test_the_least_evidence(self):
        assert least_evidence(0.95, 0.95) == 59
        assert least_evidence(0.9, 0.95) == 29

    @pytest.mark.parametrize(("clusters", "calibration"), [(1_600, 413), (1_000, 300), (10_000, 1_000)])
    def test_written_answers_are_certified_on_more(self, clusters, calibration):
        sizes = Sizes.of(clusters, 59, open_answers=True)
        assert sizes.calibration == calibration
        assert sizes.validation >= 100
        assert clusters - sizes.calibration - sizes.validation - sizes.test >= clusters * 0.49

    @given(clusters=st.integers(197, 50_000))
    def test_calibration_can_certify_and_training_keeps_most(self, clusters):
        sizes = Sizes.of(clusters, 59)
        assert sizes.calibration >= 59
        assert clusters - sizes.calibration - sizes.validation - sizes.test >= clusters * 0.49
        assert sizes.validation >= 19


START = datetime(2026, 1, 1, tzinfo=UTC)


@st.composite
def tasks(draw):
    clusters = draw(st.integers(1, 120))
    sizes = draw(st.lists(st.integers(1, 9), min_size=clusters, max_size=clusters))
    numbers = st.integers(0, clusters - 1)
    traces = draw(st.dictionaries(st.text("xyz", max_size=4), st.lists(numbers, min_size=1, max_size=6), max_size=40))
    return clusters, sizes, traces


class TestAssignment:
    @given(task=tasks(), seed=st.integers(0, 5))
    def test_every_cluster_has_one_split_within_its_size(self, task, seed):
        clusters, sizes, traces = task
        wanted = Sizes.of(clusters, 59)
        assignment = assign_splits(clusters, sizes, traces, wanted, seed)
        counts = {split: assignment.split_of.count(split) for split in SPLITS}
        assert sum(counts.values()) == clusters
        assert counts["calibration"] <= wanted.calibration
        assert counts["validation"] <= wanted.validation
        assert counts["test"] <= wanted.test

    @given(task=tasks(), seed=st.integers(0, 5))
    def test_the_same_seed_splits_the_same_way(self, task, seed):
        clusters, sizes, traces = task
        wanted = Sizes.of(clusters, 59)
        once = assign_splits(clusters, sizes, traces, wanted, seed)
        again = assign_splits(clusters, sizes, dict(reversed(traces.items())), wanted, seed)
        assert once == again

    @given(task=tasks())
    def test_divided_traces_are_counted(self, task):
        clusters, sizes, traces = task
        assignment = assign_splits(clusters, sizes, traces, Sizes.of(clusters, 59), 0)
        divided = [held for held in traces.values() if len({assignment.split_of[c] == "training" for c in held}) == 2]
        assert assignment.divided_traces == len(divided)

    def test_a_trace_stays_together(self):
        traces = {f"trace {number}": [2 * number, 2 * number + 1] for number in range(100)}
        assignment = assign_splits(200, [1] * 200, traces, Sizes.of(200, 59), 0)
        assert assignment.divided_traces == 0
        assert all(assignment.split_of[a] == assignment.split_of[b] for a, b in traces.values())
        assert assignment.split_of.count("calibration") == 60

    def test_an_input_that_all_traces_share_does_not_join_them(self):
        traces = {f"trace {number}": [0, number] for number in range(1, 300)}
        assignment = assign_splits(300, [1] * 300, traces, Sizes.of(300, 59), 0)
        assert assignment.split_of.count("calibration") == pytest.approx(90, abs=8)
        assert assignment.split_of.count("training") >= 150

    @given(task=tasks(), seed=st.integers(0, 5), draw=st.randoms(use_true_random=False))
    def test_the_test_is_the_newest_and_the_other_splits_are_drawn_from_the_rest(self, task, seed, draw):
        clusters, sizes, traces = task
        ages = [START + timedelta(minutes=draw.randrange(500)) for _ in range(clusters)]
        wanted = Sizes.of(clusters, 59)
        assignment = assign_splits(clusters, sizes, {}, wanted, seed, ages)
        plain = assign_splits(clusters, sizes, {}, wanted, seed)
        test = [age for age, split in zip(ages, assignment.split_of, strict=True) if split == "test"]
        others = [age for age, split in zip(ages, assignment.split_of, strict=True) if split != "test"]
        assert len(test) == plain.split_of.count("test")
        assert assignment.newest_test == (len(set(ages)) > 1)
        if test and assignment.newest_test:
            assert min(test) >= max(others, default=START)
        timed = assign_splits(clusters, sizes, traces, wanted, seed, ages)
        assert all(timed.split_of.count(split) <= getattr(wanted, split) for split in SPLITS[1:])

    def test_a_large_cluster_is_left_to_training(self):
        assignment = assign_splits(200, [300, *[1] * 199], {}, Sizes.of(200, 59), 0)
        assert assignment.split_of[0] == "training"
