"""The pointer family: a student whose answers are put together from spans of the prompt."""

from collections.abc import Sequence
from hashlib import blake2b

import torch

from slm_instrument.curate.sample import Sample
from slm_instrument.progress import Stage
from slm_instrument.runtime.confidence import Confidence
from slm_instrument.runtime.pointer.model import DECODER, ENCODER, GRAMMAR
from slm_instrument.runtime.specs import TOKENIZER, PointerSpec
from slm_instrument.train.base_model import Encoder, find_encoder
from slm_instrument.train.family import Job, Made
from slm_instrument.train.pointer.checkpoint import Checkpoints
from slm_instrument.train.pointer.corpus import Corpus, learn_corpus
from slm_instrument.train.pointer.ensemble import Ensemble
from slm_instrument.train.pointer.examples import collate
from slm_instrument.train.pointer.export import Trained, check_parity, export_pointer
from slm_instrument.train.pointer.fit import Recipe, Training, allowed_symbols
from slm_instrument.train.pointer.loss import agreed
from slm_instrument.train.pointer.network import PointerNetwork, Shape

MAX_TOKENS = 512  # the positions of the encoders that it starts from
LEAST_BUILT = 0.6  # share of the training answers that must be possible to build, and of the prompts that must fit
_LOOKED_AT = 2_000  # training calls from which that is judged
_JUDGED = 400  # validation calls, at most, that an epoch is judged by
_BATCH = 8  # of them
_SPARE_ACTIONS = 8  # beyond the longest training answer


class PointerFamily:
    """Fine-tunes an encoder with a decoder that chooses words of a learned grammar and points at the prompt."""

    name = "pointer"

    def check(self, base: str | None) -> None:
        """The encoder must be there."""
        find_encoder(base)

    def objection(self, job: Job) -> str | None:
        """Answers that are not in the prompt cannot be pointed at."""
        seen = job.dataset.training[:_LOOKED_AT]
        corpus = learn_corpus(seen, find_encoder(job.base).tokenizer(MAX_TOKENS))
        if corpus.fitting < LEAST_BUILT:
            return (
                f"it reads prompts of up to {MAX_TOKENS} tokens, and {corpus.fitting:.0%} of the training prompts are "
                f"no longer (at least {LEAST_BUILT:.0%} needed)"
            )
        if corpus.built < LEAST_BUILT:
            return (
                "it builds answers of spans of the prompt and of texts that recur, and "
                f"{corpus.built:.0%} of the training answers can be built so (at least {LEAST_BUILT:.0%} needed)"
            )
        return None if corpus.examples() else "all training answers are the same, and nothing is left to choose"

    def make(self, job: Job) -> Made:
        """Learn the grammar, fine-tune, export."""
        encoder = find_encoder(job.base)
        corpus = learn_corpus(job.dataset.training, encoder.tokenizer(MAX_TOKENS))
        trained, epochs = _train(job, encoder, corpus)
        made = _exported(job, trained, epochs, encoder)
        for number in range(job.options.members):
            if (checkpoints := _checkpoints(job, encoder, number)) is not None:
                checkpoints.remove()
        return made


POINTER = PointerFamily()


def _train(job: Job, encoder: Encoder, corpus: Corpus) -> tuple[Trained, int]:
    """The members, trained one after the other, and the most epochs that one took."""
    runs = [_member(job, encoder, corpus, number) for number in range(job.options.members)]
    trained = _trained(Ensemble([network.cpu() for network, _ in runs]), encoder, corpus)
    return trained, max(epochs for _, epochs in runs)


def _member(job: Job, encoder: Encoder, corpus: Corpus, number: int) -> tuple[PointerNetwork, int]:
    """Train a member and tell its epochs. The random state of torch is restored afterwards."""
    recipe = Recipe(epochs=job.options.epochs, seed=job.options.seed + number)
    with torch.random.fork_rng(), torch.enable_grad():  # pyright: ignore[reportUnknownMemberType]
        torch.manual_seed(recipe.seed)  # pyright: ignore[reportUnknownMemberType]
        pretrained = encoder.load()
        shape = Shape(
            width=pretrained.config.hidden_size,
            symbols=len(corpus.grammar.symbols),
            paths=len(corpus.grammar.paths),
        )
        network = PointerNetwork(pretrained, shape)
        judged = job.dataset.validation[:_JUDGED]
        fitted = Training(
            network,
            corpus,
            lambda member: agreement(member, corpus, judged),
            recipe=recipe,
            checkpoints=_checkpoints(job, encoder, number),
            listener=job.listener,
        ).run()
    return network, fitted.epochs


def _trained(network: Ensemble, encoder: Encoder, corpus: Corpus) -> Trained:
    return Trained(
        network,
        encoder.tokenizer(MAX_TOKENS),
        corpus.grammar,
        max_tokens=MAX_TOKENS,
        max_actions=_SPARE_ACTIONS + corpus.longest,
    )


def agreement(network: PointerNetwork, corpus: Corpus, samples: Sequence[Sample]) -> float:
    """The share of the samples that the network answers as the teacher did; 0 without samples."""
    device = network.choose.weight.device
    allowed = allowed_symbols(corpus).to(device)
    examples = sorted(corpus.examples_of(samples), key=lambda example: len(example.ids))
    right = 0
    for start in range(0, len(examples), _BATCH):
        batch = collate(examples[start : start + _BATCH], len(corpus.grammar.symbols), device)
        right += int(agreed(network, allowed, batch).sum())
    return right / max(1, len(samples))


def _exported(job: Job, trained: Trained, epochs: int, encoder: Encoder) -> Made:
    """The files of the bundle: the graphs that passed the parity check, the tokenizer and the grammar."""
    stage = Stage("export", 2, job.listener)
    export_pointer(trained, job.workspace)
    stage.step()
    dataset = job.dataset
    held_out = [*dataset.validation, *dataset.calibration, *dataset.test]
    shipped = check_parity(trained, job.workspace, [sample.text for sample in held_out])
    stage.finish()
    files = {ENCODER: shipped.encoder, DECODER: shipped.decoder}
    files |= {name: job.workspace / name for name in (TOKENIZER, GRAMMAR)}
    files[TOKENIZER].write_text(trained.tokenizer.to_str(), encoding="utf-8")
    files[GRAMMAR].write_bytes(trained.grammar.encode())
    return Made(
        spec=PointerSpec(max_tokens=trained.max_tokens, max_actions=trained.max_actions, confidence=Confidence()),
        files=files,
        parity=shipped.parity,
        base_model=encoder.base,
        epochs=epochs,
    )


def _checkpoints(job: Job, encoder: Encoder, number: int) -> Checkpoints | None:
    """Where a member's training is kept."""
    if job.checkpoints is None:
        return None
    told = blake2b(f"{encoder.base.sha256} {job.options} {number}".encode())
    for sample in (*job.dataset.training, *job.dataset.validation):
        told.update(f"{len(sample.text)} {sample.text} {sample.label}".encode())
    return Checkpoints(job.checkpoints, told.hexdigest())
