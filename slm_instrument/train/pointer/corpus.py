"""What a pointer student learns from a dataset: the grammar of its answers, and the examples under it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from slm_instrument.curate.sample import Sample
from slm_instrument.runtime.pointer.grammar import REFUSE, Action, Answer, Grammar
from slm_instrument.runtime.pointer.spans import Prompt
from slm_instrument.runtime.pointer.wording import read, usual
from slm_instrument.train.pointer.augment import Exchange, Source
from slm_instrument.train.pointer.examples import Example, example_of
from slm_instrument.train.pointer.linearise import Policy, learn_grammar, learn_policy, linearise


@dataclass(frozen=True, slots=True)
class Corpus:
    """The grammar and what it was learned from: prompts that fit the encoder, with the actions that build the answers.

    ``fitting`` is the share of the training prompts that fit, ``built`` the share of their answers that can be built.
    """

    tokenizer: Tokenizer
    policy: Policy
    grammar: Grammar
    sources: Sequence[Source]
    fitting: float
    built: float

    def examples(self) -> list[Example]:
        """The sources as they are; an answer that leaves nothing to choose is no example."""
        return [example for example in self._examples(self.sources) if example.choices]

    def examples_of(self, samples: Sequence[Sample]) -> list[Example]:
        """Other samples: those whose prompt fits and whose answer the grammar can build."""
        pairs = [(prompt, answer) for _, prompt, answer in _read(_fitting(samples, self.tokenizer))]
        told = [(prompt, linearise((prompt, answer), self.policy)) for prompt, answer in pairs]
        return self._examples([Source(prompt.text, actions) for prompt, actions in told if self._builds(actions)])

    def _examples(self, sources: Sequence[Source]) -> list[Example]:
        encodings = self.tokenizer.encode_batch([source.text for source in sources])
        return [
            example_of(Prompt.of(source.text, encoding.offsets), encoding.ids, source.actions, self.grammar)
            for source, encoding in zip(sources, encodings, strict=True)
        ]

    def _builds(self, actions: Sequence[Action]) -> bool:
        allowed = {(path, self.grammar.symbols[at]) for path, held in self.grammar.paths.items() for at in held}
        return all((action.path, action.symbol) in allowed and action.symbol != REFUSE for action in actions)

    @property
    def longest(self) -> int:
        """The choices of the example that takes most."""
        return max(len(example.choices) for example in self.examples())

    def varied(self, exchange: Exchange, draw: random.Random) -> "Corpus":
        """The same with names exchanged, where all that is copied can still be pointed at."""
        sources = [self._usable(exchange(source, draw)) or source for source in self.sources]
        return Corpus(self.tokenizer, self.policy, self.grammar, sources, self.fitting, self.built)

    def _usable(self, source: Source) -> Source | None:
        encoding = self.tokenizer.encode(source.text)
        prompt = Prompt.of(source.text, encoding.offsets)
        there = all(prompt.occurrences(action.span) for action in source.actions if action.span is not None)
        return source if there and not encoding.overflowing else None


def learn_corpus(samples: Sequence[Sample], tokenizer: Tokenizer) -> Corpus:
    """Learn the grammar of training samples and linearise them.

    Prompts that the tokenizer cuts off are left out, as the student refuses them: the answer may stand in the rest.
    """
    fitting = _fitting(samples, tokenizer)
    known = _read(fitting)
    pairs = [(prompt, answer) for _, prompt, answer in known]
    policy = learn_policy(pairs)
    wording = usual([sample.answer.text for sample, _, answer in known if answer.form == "json"])
    grammar, sequences = learn_grammar([linearise(pair, policy) for pair in pairs], wording)
    return Corpus(
        tokenizer=tokenizer,
        policy=policy,
        grammar=grammar,
        sources=[Source(prompt.text, actions) for (prompt, _), actions in zip(pairs, sequences, strict=True)],
        fitting=len(fitting) / max(1, len(samples)),
        built=sum(actions[-1].symbol != REFUSE for actions in sequences) / max(1, len(fitting)),
    )


def _fitting(samples: Sequence[Sample], tokenizer: Tokenizer) -> list[tuple[Sample, Prompt]]:
    encodings = tokenizer.encode_batch([sample.text for sample in samples])
    return [
        (sample, Prompt.of(sample.text, encoding.offsets))
        for sample, encoding in zip(samples, encodings, strict=True)
        if not encoding.overflowing
    ]


def _read(fitting: Sequence[tuple[Sample, Prompt]]) -> list[tuple[Sample, Prompt, Answer]]:
    """Those whose answers have a tree."""
    return [(sample, prompt, answer) for sample, prompt in fitting if (answer := read(sample.answer)) is not None]
