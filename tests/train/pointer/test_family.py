"""The pointer family from calls to a loaded student, on an encoder small enough to be trained in seconds."""

import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from slm_instrument.errors import BundleError, ExportError
from slm_instrument.records import Message
from slm_instrument.runtime.bundle import Bundle, write_bundle
from slm_instrument.runtime.confidence import REFUSED
from slm_instrument.runtime.pointer.grammar import Grammar
from slm_instrument.runtime.pointer.model import DECODER, ENCODER, GRAMMAR
from slm_instrument.runtime.specs import TOKENIZER, PointerSpec
from slm_instrument.runtime.student import load_student
from slm_instrument.train.base_model import find_encoder
from slm_instrument.train.drafts import draft
from slm_instrument.train.pointer import POINTER
from slm_instrument.train.pointer.corpus import learn_corpus
from slm_instrument.train.pointer.ensemble import Ensemble
from slm_instrument.train.pointer.export import INT8_AGREEMENT, Trained, check_parity
from slm_instrument.train.pointer.network import PointerNetwork, Shape


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def made(job, told, tmp_path_factory):
    """Of two members, which go through all that one goes through."""
    workspace = tmp_path_factory.mktemp("work")
    options = replace(job.options, members=2)
    kept = workspace / "kept"
    return POINTER.make(replace(job, workspace=workspace, checkpoints=kept, listener=told.append, options=options))


@pytest.fixture(scope="module")
def bundle(job, made, tmp_path_factory):
    manifest = draft(job.task, job.dataset, made, comparator="normal_form", target=0.95, confidence=0.95)
    return write_bundle(tmp_path_factory.mktemp("models"), manifest, made.files)


@pytest.fixture(scope="module")
def student(bundle):
    return load_student(bundle)


def test_there_is_no_objection_to_answers_that_are_spans(job):
    assert POINTER.objection(job) is None


def test_the_share_that_cannot_be_built_is_said(job):
    prose = [
        replace(sample, answer=Message("assistant", f"no. {at}")) for at, sample in enumerate(job.dataset.training)
    ]
    assert "0% of the training answers" in POINTER.objection(replace(job, dataset=replace(job.dataset, training=prose)))


def test_prompts_that_are_too_long_are_said(job):
    long = [replace(sample, text=sample.text + " and so on" * 300) for sample in job.dataset.training]
    assert "0% of the training prompts" in POINTER.objection(replace(job, dataset=replace(job.dataset, training=long)))


def test_what_is_always_the_same_needs_no_student(job):
    same = [replace(sample, answer=Message("assistant", "ok")) for sample in job.dataset.training]
    assert "nothing is left to choose" in POINTER.objection(replace(job, dataset=replace(job.dataset, training=same)))


def test_what_was_made_is_complete(made, told):
    assert set(made.files) == set(PointerSpec.FILES) == {ENCODER, DECODER, GRAMMAR, TOKENIZER}
    assert made.parity.fp32_agreement == 1.0
    assert made.parity.fp32_drift < 1e-4
    assert made.parity.shipped == ("int8" if made.parity.quantised_agreement >= INT8_AGREEMENT else "fp32")
    assert made.base_model.licence == "mit"
    assert {said.stage for said in told} == {"train", "export"}
    assert all(said.done == said.total for said in (told[-1], [one for one in told if one.stage == "train"][-1]))


def test_it_answers_orders_that_it_never_saw(job, student):
    held_out = [*job.dataset.calibration, *job.dataset.test]
    right = [student.answer(sample.text).label == sample.label for sample in held_out]
    assert np.mean(right) > 0.9


def test_names_that_it_never_saw_are_spelled_as_in_the_prompt(student):
    text = "send PaperBoat to Bertrand, 20 pieces"
    said = student.answer(text)
    answer = json.loads(said.message.text)
    assert answer["item"] in text
    assert answer["buyer"] in text
    assert answer["count"] == 20


def test_the_wording_is_the_teachers(job, student):
    sample = next(s for s in job.dataset.test if student.answer(s.text).label == s.label)
    assert student.answer(sample.text).message.text == sample.answer.text


def test_a_prompt_that_does_not_fit_is_refused(student):
    said = student.answer("send RainCoat to Zoe, 3 pieces" + " and so on" * 300)
    assert said.evidence[REFUSED] == 1.0
    assert said.score == 0.0
    assert not said.accepted


@pytest.mark.parametrize("text", ["", " \n", "\x00", "é" * 600, "🜁" * 20])
def test_any_text_is_answered_or_refused(student, text):
    said = student.answer(text)
    assert all(map(np.isfinite, said.evidence.values()))
    assert 0.0 <= said.score <= 1.0


def test_evidence_has_the_same_names_for_every_answer(student):
    assert student.answer("").evidence.keys() == student.answer("send RainCoat to Zoe, 3 pieces").evidence.keys()


def test_threads_get_the_answers_that_one_gets(job, student):
    texts = [sample.text for sample in job.dataset.test]
    alone = [student.answer(text).label for text in texts]
    got: dict[int, list[str]] = {}

    def work(number):
        got[number] = [student.answer(text).label for text in texts]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(got[number] == alone for number in range(4))


@pytest.mark.parametrize(("name", "content"), [(GRAMMAR, b"{}"), (ENCODER, b"no graph"), (TOKENIZER, b"{}")])
def test_a_file_that_means_nothing_is_refused(bundle, made, tmp_path, name, content):
    wrong = tmp_path / name
    wrong.write_bytes(content)
    manifest = replace(bundle.manifest, id="wrong")
    with pytest.raises(BundleError):
        load_student(write_bundle(tmp_path / "models", manifest, {**made.files, name: wrong}))


def test_graphs_that_do_not_fit_each_other_are_refused(bundle, made, tmp_path):
    manifest = replace(bundle.manifest, id="wrong")
    files = {**made.files, DECODER: made.files[ENCODER]}
    with pytest.raises(BundleError, match="do not fit"):
        load_student(write_bundle(tmp_path / "models", manifest, files))


@pytest.mark.parametrize(
    "grammar",
    ['{"symbols":[["form","text"]],"paths":{},"wording":{}}', '{"symbols":[],"paths":{"":[0]},"wording":{}}'],
)
def test_a_grammar_without_symbols_is_refused(grammar):
    with pytest.raises(BundleError):
        Grammar.decode(grammar.encode())


def test_a_broken_export_is_refused(job, made, tokenizer, tmp_path):
    """Another network than the exported one stands in for an export that changed the weights."""
    corpus = learn_corpus(job.dataset.training, tokenizer)
    encoder = find_encoder(job.base)
    shape = Shape(width=128, symbols=len(corpus.grammar.symbols), paths=len(corpus.grammar.paths))
    network = PointerNetwork(encoder.load(), shape).eval()
    trained = Trained(Ensemble([network] * 2), encoder.tokenizer(512), corpus.grammar, 512, 20)
    folder = made.files[ENCODER].parent.parent
    with pytest.raises(ExportError, match="does not answer as the trained one"):
        check_parity(trained, folder, [sample.text for sample in job.dataset.test])


def test_the_bundle_is_loaded_as_it_was_written(bundle):
    loaded = Bundle.load(bundle.path)
    assert isinstance(loaded.manifest.student, PointerSpec)
    assert loaded.manifest.student == bundle.manifest.student
