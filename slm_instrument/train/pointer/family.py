"""The pointer family: a student whose answers are put together from spans of the prompt."""

from collections.abc import Sequence
from hashlib import blake2b

import torch

from slm_instrument.canonical import normal_form
from slm_instrument.curate.sample import Sample
from slm_instrument.progress import Stage
from slm_instrument.runtime.confidence import Confidence
from slm_instrument.runtime.pointer.decode import Decoder
from slm_instrument.runtime.pointer.model import DECODER, ENCODER, GRAMMAR
from slm_instrument.runtime.pointer.spans import Prompt
from slm_instrument.runtime.pointer.wording import write
from slm_instrument.runtime.specs import TOKENIZER, PointerSpec
from slm_instrument.train.base_model import Encoder, find_encoder
from slm_instrument.train.family import Job, Made
from slm_instrument.train.pointer.checkpoint import Checkpoints
from slm_instrument.train.pointer.corpus import Corpus, learn_corpus
from slm_instrument.train.pointer.export import Trained, check_parity, export_pointer
from slm_instrument.train.pointer.fit import Fitted, Recipe, Training
from slm_instrument.train.pointer.network import PointerNetwork, Shape
from slm_instrument.train.pointer.reader import TorchReader

MAX_TOKENS = 512  # the positions of the encoders that it starts from
LEAST_BUILT = 0.6  # share of the training answers that must be possible to build, and of the prompts that must fit
_LOOKED_AT = 2_000  # training calls from which that is judged
_JUDGED = 150  # validation calls that an epoch is judged by
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
        checkpoints = _checkpoints(job, encoder)
        trained, fitted = _train(job, encoder, corpus, checkpoints)
        made = _exported(job, trained, fitted, encoder)
        if checkpoints is not None:
            checkpoints.remove()
        return made


POINTER = PointerFamily()


def _train(job: Job, encoder: Encoder, corpus: Corpus, checkpoints: Checkpoints | None) -> tuple[Trained, Fitted]:
    """The random state of torch is restored afterwards."""
    recipe = Recipe(epochs=job.options.epochs, seed=job.options.seed)
    with torch.random.fork_rng(), torch.enable_grad():  # pyright: ignore[reportUnknownMemberType]
        torch.manual_seed(recipe.seed)  # pyright: ignore[reportUnknownMemberType]
        pretrained = encoder.load()
        network = PointerNetwork(
            pretrained,
            Shape(
                width=pretrained.config.hidden_size,
                symbols=len(corpus.grammar.symbols),
                paths=len(corpus.grammar.paths),
            ),
        )
        trained = Trained(
            network,
            encoder.tokenizer(MAX_TOKENS),
            corpus.grammar,
            max_tokens=MAX_TOKENS,
            max_actions=_SPARE_ACTIONS + max(len(example.choices) for example in corpus.examples()),
        )
        judged = job.dataset.validation[:_JUDGED]
        fitted = Training(
            network,
            corpus,
            lambda: agreement(trained, judged),
            recipe=recipe,
            checkpoints=checkpoints,
            listener=job.listener,
        ).run()
    network.cpu()
    return trained, fitted


def agreement(trained: Trained, samples: Sequence[Sample]) -> float:
    """The share of the samples that the network answers as the teacher did, by normal form; 0 without samples."""
    decoder = Decoder(trained.grammar, trained.max_actions)
    agreed = 0
    for sample in samples:
        encoding = trained.tokenizer.encode(sample.text)
        prompt = Prompt.of(sample.text, encoding.offsets)
        answer = decoder.answer(prompt, TorchReader(trained.network, encoding.ids)).answer
        agreed += answer is not None and normal_form(write(answer, trained.grammar.wording)).text == sample.label
    return agreed / max(1, len(samples))


def _exported(job: Job, trained: Trained, fitted: Fitted, encoder: Encoder) -> Made:
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
        epochs=fitted.epochs,
    )


def _checkpoints(job: Job, encoder: Encoder) -> Checkpoints | None:
    if job.checkpoints is None:
        return None
    told = blake2b(f"{encoder.base.sha256} {job.options}".encode())
    for sample in (*job.dataset.training, *job.dataset.validation):
        told.update(f"{len(sample.text)} {sample.text} {sample.label}".encode())
    return Checkpoints(job.checkpoints, told.hexdigest())
