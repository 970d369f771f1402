"""The nearest-neighbour family: what it keeps, what it refuses, and that its export is what it was."""

import threading
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, strategies as st
from onnx import numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.trainers import WordLevelTrainer
from transformers import BertConfig, BertModel

from slm_instrument.curate.dataset import build_dataset
from slm_instrument.errors import BundleError, ExportError
from slm_instrument.records import Message
from slm_instrument.runtime.bundle import write_bundle
from slm_instrument.runtime.nearest import NearestStudent, Neighbours
from slm_instrument.runtime.specs import GATE_EXAMPLES, GATE_LABELS, MODEL
from slm_instrument.store import open_store
from slm_instrument.train import nearest
from slm_instrument.train.drafts import draft
from slm_instrument.train.export import Exported
from slm_instrument.train.family import Job
from slm_instrument.train.nearest import NEAREST


@pytest.fixture(scope="module")
def base(make_calls, tmp_path_factory):
    """An untrained BERT of two layers: the mean of its vectors still tells texts by their words."""
    folder = tmp_path_factory.mktemp("base")
    texts = [call.messages[-1].content for call in make_calls(300)]
    tokenizer = Tokenizer(WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.train_from_iterator(texts, WordLevelTrainer(special_tokens=["[UNK]"], show_progress=False))
    tokenizer.save(str(folder / "tokenizer.json"))
    shape = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(BertConfig(vocab_size=tokenizer.get_vocab_size(), **shape)).save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    return str(folder)


@pytest.fixture(scope="module")
def job(base, make_calls, make_task, put_calls, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nearest")
    store = put_calls(open_store(f"sqlite:///{folder}/calls.db"), make_task(), make_calls(300))
    dataset = build_dataset(store, make_task())
    store.close()
    (folder / "work").mkdir()
    return Job(task=make_task(), dataset=dataset, workspace=folder / "work", base=base)


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def cached(tmp_path_factory):
    """The user's cache, empty at first."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def made(job, told, cached):
    return NEAREST.make(replace(job, listener=told.append))


@pytest.fixture(scope="module")
def student(job, made, tmp_path_factory):
    manifest = draft(job.task, job.dataset, made, comparator="normal_form", target=0.95, confidence=0.95)
    bundle = write_bundle(tmp_path_factory.mktemp("models"), manifest, made.files)
    return NearestStudent(bundle, bundle.manifest.student)


class TestMaking:
    def test_the_export_is_the_encoder(self, made):
        assert made.parity.fp32_agreement == 1.0
        assert made.parity.fp32_drift < 1e-5
        assert made.parity.quantised_drift < 0.15
        assert made.base_model.licence == "mit"
        assert made.epochs == 0

    def test_what_recurs_is_kept_with_its_wording(self, job, made):
        assert {answer.label for answer in made.spec.answers} == {"refund", "delivery", "broken", "cancel"}
        vectors, labels = (np.load(made.files[name]) for name in (GATE_EXAMPLES, GATE_LABELS))
        assert len(vectors) == len(labels) == len(job.dataset.training)
        assert np.linalg.norm(vectors.astype(np.float32), axis=1) == pytest.approx(1, abs=1e-3)

    def test_progress_counts_every_example(self, job, made, told):
        assert {progress.stage for progress in told} == {"export", "embed"}
        assert told[-1].done == told[-1].total == len(job.dataset.training)

    def test_the_next_task_takes_the_export_from_the_cache(self, job, made, cached, monkeypatch, tmp_path):
        (file,) = cached.rglob("model.fp32.onnx")
        monkeypatch.setattr(nearest, "export_encoder", None)
        again = NEAREST.make(replace(job, workspace=tmp_path))
        assert again.files[MODEL].parent == file.parent
        assert again.parity == made.parity

    def test_a_cache_that_cannot_be_written_is_said(self, job, monkeypatch, tmp_path):
        (tmp_path / "file").touch()
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
        with pytest.raises(ExportError, match="cannot be kept"):
            NEAREST.make(job)

    def test_a_broken_export_is_refused(self, base, job, made, cached, tmp_path):
        (file,) = cached.rglob("model.fp32.onnx")
        exported = Exported.within(file.parent)
        model = onnx.load(exported.fp32)
        matrix = max(model.graph.initializer, key=lambda matrix: np.prod(matrix.dims))  # the table of words
        matrix.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(matrix)[::-1].copy(), matrix.name))
        onnx.save(model, tmp_path / "broken.onnx")
        frozen = nearest._Frozen.of(nearest.find_encoder(base), [sample.text for sample in job.dataset.training])
        examples, held_out = job.dataset.training[:20], job.dataset.test[:10]
        file, _ = nearest._check_parity(frozen, exported, examples, held_out)
        assert file in (exported.fp32, exported.int8)
        with pytest.raises(ExportError, match="cosines differ"):
            nearest._check_parity(frozen, replace(exported, fp32=tmp_path / "broken.onnx"), examples, held_out)


class TestAnswering:
    def test_an_input_of_the_training_is_its_own_neighbour(self, job, student):
        sample = job.dataset.training[0]
        prediction = student.answer(sample.text)
        assert prediction.label == sample.label
        assert prediction.message == sample.answer
        assert prediction.evidence["similarity"] == pytest.approx(1, abs=0.01)
        assert prediction.evidence["refused"] == 0
        assert not prediction.accepted  # nothing is certified yet

    def test_most_other_inputs_are_answered_rightly(self, job, student):
        held_out = [*job.dataset.validation, *job.dataset.calibration, *job.dataset.test]
        right = [student.answer(sample.text).label == sample.label for sample in held_out]
        assert sum(right) / len(right) > 0.6

    def test_what_does_not_fit_is_refused(self, job, student):
        text = max((sample.text for sample in job.dataset.training), key=len)
        prediction = student.answer(text + " and so on" * 20)
        assert prediction.evidence["refused"] == 1
        assert prediction.score == 0
        assert student.answer("x " * 100_000).score == 0
        assert student.answer("").score == 0  # this tokenizer makes no token of it

    def test_threads_get_the_answers_of_one(self, job, student):
        texts = [sample.text for sample in job.dataset.test[:20]]
        alone = [student.answer(text).evidence for text in texts]
        found = [None] * 4

        def ask(at):
            found[at] = [student.answer(text).evidence for text in texts]

        threads = [threading.Thread(target=ask, args=(at,)) for at in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [alone] * 4


class TestObjection:
    def test_answers_that_recur_are_no_reason(self, job):
        assert NEAREST.objection(job) is None

    def test_answers_that_do_not(self, job):
        def open_answers(samples):
            return [replace(sample, label=sample.text, answer=Message("assistant", sample.text)) for sample in samples]

        dataset = replace(
            job.dataset,
            answers={},
            training=open_answers(job.dataset.training),
            validation=open_answers(job.dataset.validation),
        )
        assert "0% of the held-out calls" in NEAREST.objection(replace(job, dataset=dataset))

    def test_an_answer_that_one_input_got_is_not_kept(self, job):
        rare = replace(job.dataset.training[0], label="rare", answer=Message("assistant", "rare"))
        dataset = replace(job.dataset, training=[rare, *job.dataset.training[1:]])
        assert "rare" not in nearest._answers(dataset)
        twice = replace(dataset, training=[rare, *dataset.training[1:], replace(rare, text="another")])
        assert nearest._answers(twice)["rare"] == Message("assistant", "rare")


def unit(values):
    vectors = np.array(values, np.float32)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)


vectors = st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3).filter(
    lambda values: max(map(abs, values)) > 0.1
)


class TestVote:
    def test_near_examples_count_more_than_many(self):
        examples = unit([[1, 0.02, 0]] + [[0.5, 0.5, 0]] * 3)
        vote = Neighbours(examples, np.array([0, 1, 1, 1])).vote(unit([1, 0, 0]))
        assert vote.label == 0
        assert vote.similarity == pytest.approx(1, abs=1e-3)
        assert vote.margin == pytest.approx(1 - 0.5**0.5, abs=1e-2)

    def test_one_answer_alone(self):
        vote = Neighbours(unit([[1, 0, 0], [0, 1, 0]]), np.array([3, 3])).vote(unit([0, 0, 1]))
        assert (vote.label, vote.share) == (3, 1.0)
        assert vote.margin == pytest.approx(1.0)

    @given(examples=st.lists(st.tuples(vectors, st.integers(0, 3)), min_size=1, max_size=30), asked=vectors)
    def test_the_figures_keep_their_ranges(self, examples, asked):
        rows, labels = unit([row for row, _ in examples]), np.array([label for _, label in examples])
        vote = Neighbours(rows, labels).vote(unit(asked))
        assert vote.label in labels
        assert 0 < vote.share <= 1
        assert -1.001 <= vote.similarity <= 1.001
        assert -2.001 <= vote.margin <= 2.001
        assert vote.similarity == pytest.approx(float((rows[labels == vote.label] @ unit(asked)).max()), abs=1e-5)

    @pytest.mark.parametrize(
        ("examples", "labels"), [(np.zeros((0, 3)), []), (np.zeros((2, 3)), [0]), (np.zeros(3), [0, 1, 2])]
    )
    def test_arrays_that_do_not_fit(self, examples, labels):
        with pytest.raises(BundleError, match="do not fit"):
            Neighbours(examples, np.array(labels))
