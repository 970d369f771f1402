"""Training: it goes on where it was killed, and a damaged checkpoint costs a warning."""

import logging
from dataclasses import replace

import pytest
import torch

from slm_instrument.runtime.pointer.grammar import Grammar, Symbol, Wording
from slm_instrument.train.base_model import find_encoder
from slm_instrument.train.pointer.checkpoint import Checkpoints
from slm_instrument.train.pointer.corpus import learn_corpus
from slm_instrument.train.pointer.examples import Choice, Example, collate
from slm_instrument.train.pointer.fit import Recipe, Training, allowed_symbols
from slm_instrument.train.pointer.loss import batch_loss, span_surprise
from slm_instrument.train.pointer.network import PointerNetwork, Shape

QUICK = Recipe(epochs=3, encoder_learning_rate=1e-3, decoder_learning_rate=1e-3)


class Killed(Exception):
    pass


@pytest.fixture(scope="module")
def corpus(job, tokenizer):
    return learn_corpus(job.dataset.training[:24], tokenizer)


@pytest.fixture
def training(corpus, tiny_encoder):
    """A new run of the same network."""

    def make(agreement=lambda: 0.0, **options):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            encoder = find_encoder(str(tiny_encoder)).load()
            shape = Shape(width=128, symbols=len(corpus.grammar.symbols), paths=len(corpus.grammar.paths))
            network = PointerNetwork(encoder, shape)
        return Training(network, corpus, agreement, **{"recipe": QUICK, **options})

    with torch.random.fork_rng():
        yield make


def killed_after(epochs):
    judged = iter(range(epochs))

    def agreement():
        if next(judged, None) is None:
            raise Killed
        return 0.5

    return agreement


def weights(training):
    return torch.cat([value.flatten().float() for value in training.network.state_dict().values()])


def test_a_killed_run_ends_as_one_that_was_not(training, tmp_path):
    judged = iter([0.1, 0.2, 0.3])
    whole = training(lambda: next(judged))
    whole.run()
    kept = Checkpoints(tmp_path, "a run")
    with pytest.raises(Killed):
        training(killed_after(2), checkpoints=kept).run()
    steps = []
    resumed = training(lambda: 0.9, checkpoints=kept, listener=lambda said: steps.append(said.done))
    fitted = resumed.run()
    assert fitted.epochs == 3
    assert min(step for step in steps if step) == 2 * 3  # of three batches an epoch
    torch.testing.assert_close(weights(resumed), weights(whole))


def test_the_best_epoch_is_kept(training):
    agreements = [0.2, 0.8, 0.1]
    after = []
    run = training(lambda: after.append(weights(run)) or agreements[len(after) - 1])
    fitted = run.run()
    assert (fitted.epochs, fitted.agreement) == (3, 0.8)
    torch.testing.assert_close(weights(run), after[1])


def test_it_stops_when_nothing_improves(training):
    fitted = training(recipe=replace(QUICK, epochs=30, patience=2)).run()
    assert fitted.epochs == 3


def test_a_checkpoint_of_another_run_is_left_alone(tmp_path):
    Checkpoints(tmp_path, "one run").save([1])
    assert Checkpoints(tmp_path, "another run").load() is None


def test_a_damaged_checkpoint_is_begun_anew(tmp_path, caplog):
    kept = Checkpoints(tmp_path, "a run")
    kept.save([1, 2])
    kept.file.write_bytes(kept.file.read_bytes()[:20])
    with caplog.at_level(logging.WARNING):
        assert kept.load() is None
    assert "starts again" in caplog.text
    assert len(caplog.records) == 1


def test_a_checkpoint_that_cannot_be_written_costs_a_warning(tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    with caplog.at_level(logging.WARNING):
        Checkpoints(tmp_path / "file", "a run").save([1])
    assert "no checkpoint" in caplog.text


def test_the_lower_layers_stay_as_they_are(training):
    run = training(recipe=replace(QUICK, frozen=0.5))
    frozen = {name for name, value in run.network.encoder.named_parameters() if not value.requires_grad}
    assert any("layer.0" in name for name in frozen)
    assert not any("layer.1" in name for name in frozen)
    assert any("embeddings" in name for name in frozen)


def test_the_surprise_at_a_span_is_that_of_all_its_places(training):
    run = training()
    six, four = [False, True, True, True, True, False], [False, True, True, False]
    examples = [
        Example([101, 7, 8, 9, 7, 102], [Choice(0, 2, [(1, 1), (4, 4)]), Choice(0, 2, [(2, 3)])], six, six),
        Example([101, 7, 8, 102], [Choice(0, 2, [(1, 2)])], four, four),
    ]
    network = run.network.eval()
    batch = collate(examples, len(run.corpus.grammar.symbols), torch.device("cpu"))
    memory, affinity = network.encode(batch.ids, batch.mask)
    choices = network.decode(memory, batch.mask, batch.history)
    got = span_surprise(choices, affinity, batch)
    first = choices.first[0, 0, 1:5].log_softmax(0)
    wanted = 0.0
    for start in (1, 4):
        last = (choices.last[0, 0] + affinity[0, start])[start:5].log_softmax(0)
        wanted += (first[start - 1] + last[0]).exp()
    torch.testing.assert_close(got[0], -torch.log(wanted))
    assert got.shape == (3,)


def test_padding_changes_nothing(training):
    run = training()
    network, symbols = run.network.eval(), len(run.corpus.grammar.symbols)
    short, long = sorted(run.corpus.examples(), key=lambda example: len(example.ids))[:: run.examples - 1]
    losses = {}
    for name, examples in (("short", [short]), ("long", [long]), ("both", [short, long])):
        batch = collate(examples, symbols, torch.device("cpu"))
        losses[name] = batch_loss(network, allowed_symbols(run.corpus), batch) * (batch.chosen >= 0).sum()
    torch.testing.assert_close(losses["both"], losses["short"] + losses["long"])


def test_only_what_the_grammar_allows_is_chosen_among(corpus):
    grammar = Grammar(symbols=(Symbol("end"), Symbol("array"), Symbol("copy")), paths={"": (0, 2)}, wording=Wording())
    assert allowed_symbols(replace(corpus, grammar=grammar)).tolist() == [[True, False, True]]
