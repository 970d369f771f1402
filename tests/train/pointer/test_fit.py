"""Training: it goes on where it was killed, and a damaged checkpoint costs a warning."""

import logging
from dataclasses import replace

import pytest
import torch

from slm_instrument.canonical import normal_form
from slm_instrument.records import Message
from slm_instrument.runtime.pointer.decode import Decoder
from slm_instrument.runtime.pointer.grammar import Grammar, Symbol, Wording
from slm_instrument.runtime.pointer.spans import Prompt
from slm_instrument.runtime.pointer.wording import write
from slm_instrument.train.base_model import find_encoder
from slm_instrument.train.pointer.checkpoint import Checkpoints
from slm_instrument.train.pointer.corpus import learn_corpus
from slm_instrument.train.pointer.ensemble import Ensemble
from slm_instrument.train.pointer.examples import Choice, Example, collate
from slm_instrument.train.pointer.family import agreement
from slm_instrument.train.pointer.fit import Recipe, Training, allowed_symbols
from slm_instrument.train.pointer.loss import batch_loss, span_surprise
from slm_instrument.train.pointer.network import PointerNetwork, Shape
from slm_instrument.train.pointer.reader import TorchReader

QUICK = Recipe(epochs=3, encoder_learning_rate=1e-3, decoder_learning_rate=1e-3)


class Killed(Exception):
    pass


@pytest.fixture(scope="module")
def corpus(job, tokenizer):
    return learn_corpus(job.dataset.training[:24], tokenizer)


@pytest.fixture
def training(corpus, tiny_encoder):
    """A new run of the same network."""

    def make(agreement=lambda network: 0.0, **options):
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

    def agreement(network):
        if next(judged, None) is None:
            raise Killed
        return 0.5

    return agreement


def weights(network):
    return torch.cat([value.flatten().float() for value in network.state_dict().values()])


def test_a_killed_run_ends_as_one_that_was_not(training, tmp_path):
    judged = iter([0.1, 0.2, 0.3])
    whole = training(lambda network: next(judged))
    whole.run()
    kept = Checkpoints(tmp_path, "a run")
    with pytest.raises(Killed):
        training(killed_after(2), checkpoints=kept).run()
    steps = []
    resumed = training(lambda network: 0.9, checkpoints=kept, listener=lambda said: steps.append(said.done))
    fitted = resumed.run()
    assert fitted.epochs == 3
    assert min(step for step in steps if step) == 2 * 3  # of three batches an epoch
    torch.testing.assert_close(weights(resumed.network), weights(whole.network))


def test_the_best_epoch_is_kept(training):
    agreements = [0.2, 0.8, 0.1]
    after = []
    run = training(lambda network: after.append(weights(network)) or agreements[len(after) - 1])
    fitted = run.run()
    assert (fitted.epochs, fitted.agreement) == (3, 0.8)
    torch.testing.assert_close(weights(run.network), after[1])


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


def test_bfloat16_changes_the_loss_little(training):
    run = training()
    batch = collate(run.corpus.examples()[:4], len(run.corpus.grammar.symbols), torch.device("cpu"))
    whole, half = (batch_loss(run.network.eval(), run.allowed, batch, bfloat16=half) for half in (False, True))
    assert half.dtype == torch.float32
    assert half.item() != whole.item()
    torch.testing.assert_close(half, whole, rtol=0.02, atol=0.02)


def test_attention_is_afterwards_as_it_was(training, monkeypatch):
    """The graph that is exported is made of it."""
    monkeypatch.setattr("slm_instrument.train.pointer.fit.fast_bfloat16", lambda device: True)
    during = []
    run = training(lambda network: during.append(run.network.encoder.config._attn_implementation) or 0.0)
    before = run.network.encoder.config._attn_implementation
    run.run()
    assert set(during) == {"eager"}
    assert run.network.encoder.config._attn_implementation == before != "eager"


def test_the_average_is_kept_and_not_the_last_weights(training):
    run = training(recipe=replace(QUICK, epochs=1))
    seen = []
    run.agreement = lambda network: seen.append((weights(network), weights(run.network))) or 0.5
    run.run()
    ((average, last),) = seen
    assert not torch.equal(average, last)
    torch.testing.assert_close(weights(run.network), average)


def test_agreement_is_what_building_the_answers_step_by_step_gives(job, training, corpus):
    rising = iter(range(60))
    run = training(lambda network: next(rising) / 60, recipe=replace(QUICK, epochs=60))
    run.run()
    samples = job.dataset.training[:60]  # of these 24 were learned from
    decoder = Decoder(corpus.grammar, 30)
    built = []
    for sample in samples:
        encoding = corpus.tokenizer.encode(sample.text)
        reader = TorchReader(Ensemble([run.network]), encoding.ids)
        answer = decoder.answer(Prompt.of(sample.text, encoding.offsets), reader).answer
        built.append(answer is not None and normal_form(write(answer, Wording())).text == sample.label)
    assert 0.1 < sum(built) / len(built) < 0.9
    assert agreement(run.network, corpus, samples) == pytest.approx(sum(built) / len(built), abs=0.04)
    assert agreement(run.network, corpus, []) == 0.0


def test_what_cannot_be_built_is_no_agreement(job, training, corpus):
    other = replace(job.dataset.training[0], answer=Message("assistant", '{"unheard": "of"}'))
    assert corpus.examples_of([other, replace(job.dataset.training[0], text="long " * 600)]) == []
    assert agreement(training().network.eval(), corpus, [other]) == 0.0


def test_only_what_the_grammar_allows_is_chosen_among(corpus):
    grammar = Grammar(symbols=(Symbol("end"), Symbol("array"), Symbol("copy")), paths={"": (0, 2)}, wording=Wording())
    assert allowed_symbols(replace(corpus, grammar=grammar)).tolist() == [[True, False, True]]
