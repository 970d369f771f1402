"""Names taken out of what a student learns from, and of nothing else.

Calibration and test calls stay as they are: a live prompt comes with its names, since finding them takes longer than a
student's answer, and a certificate must hold for what comes. Words of the task that a recogniser takes for names
("Django", "Buggy Method") stay as well: a student that never read them in training would not know them in live prompts.
"""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from slm_instrument.canonical import normal_form
from slm_instrument.curate.sample import Sample
from slm_instrument.errors import MissingExtraError
from slm_instrument.privacy.lookup import Lookup, Names
from slm_instrument.privacy.names import NamesRecogniser
from slm_instrument.privacy.paraphrase import renamed
from slm_instrument.redaction.policy import Level, Policy
from slm_instrument.store.base import Task
from slm_instrument.store.protocol import Store

_log = logging.getLogger("slm_instrument")

_WORD = re.compile(r"\w+")
# A word of the task: written small in so many samples, and in so many for each that has it with a capital.
_LEAST_SMALL, _SMALL, _SMALL_TO_CAPITAL = 5, 0.01, 0.5


def policy_of(store: Store, task: Task) -> Policy:
    """What is redacted in a task's calls: the strictest of its agents' policies."""
    order = list(Level)
    found = [store.policies.policy(task.app, agent, task.name) for agent in task.agents or (None,)]
    return max(found, key=lambda policy: order.index(policy.level))


def names_for(policy: Policy, task: Task) -> Names | None:
    """What finds names in a task's training texts; None where there is no need, or no means, which is said.

    At level ``strict`` nothing is read from the store before names are out of it.
    """
    if policy.level is not Level.STANDARD:
        return None
    try:
        return NamesRecogniser()
    except MissingExtraError as e:
        _log.warning("names are not taken out of the training texts of task %s: %s", task.name, e)
        return None


def without_names(samples: Sequence[Sample], names: Names, policy: Policy, *, answers: bool = False) -> list[Sample]:
    """Samples with other names in place of those that are found, the same one wherever a name stands in a sample.

    Other names and not placeholders: a live prompt comes with names, so this is what the student will see; and one that
    copies names into its answer must learn to copy names. What consists of words that the samples mostly write small
    is no name. (A first name that is a word, too, is left in only where the word is that usual and stands alone.)

    Args:
        samples: what is learned from.
        names: what finds names.
        policy: what is redacted in the task's calls.
        answers: whether answers are free to hold what the texts do, and are treated like them; an answer of a closed
            set is left alone.
    """
    texts = [_texts_of(sample) if answers else [sample.text] for sample in samples]
    lookup = Lookup(names, ((text, policy) for held in texts for text in held))
    usual = _usual_words([set(_WORD.findall(" ".join(held))) for held in texts])
    return [_renamed(sample, held, lookup, policy, usual) for sample, held in zip(samples, texts, strict=True)]


def _usual_words(samples: Sequence[set[str]]) -> set[str]:
    """The words, in small letters, that are words of the task and no names, by the words of every sample."""
    small, capital = Counter[str](), Counter[str]()
    for words in samples:
        for word in words:
            (small if word.islower() else capital)[word.lower()] += 1
    least = max(_LEAST_SMALL, _SMALL * len(samples))
    return {word for word, count in small.items() if count >= max(least, _SMALL_TO_CAPITAL * capital[word])}


def _renamed(sample: Sample, texts: Sequence[str], lookup: Lookup, policy: Policy, usual: set[str]) -> Sample:
    """The sample with other names; what is found in its text is replaced in its answer, too, if that is given."""
    found: dict[str, str] = {}

    def note(type: str, value: str) -> str:
        if not all(word.lower() in usual for word in _WORD.findall(value)):
            found.setdefault(value, type)
        return value

    for text in texts:
        lookup.masked(text, policy, note)
    if not found:
        return sample
    text, *of_answer = renamed(texts, found, sample.call_id)
    if not of_answer:
        return replace(sample, text=text)
    content, *arguments = of_answer
    calls = sample.answer.tool_calls
    made = tuple(replace(call, arguments=other) for call, other in zip(calls, arguments, strict=True))
    answer = replace(sample.answer, content=None if sample.answer.content is None else content, tool_calls=made)
    return replace(sample, text=text, answer=answer, label=normal_form(answer).text)


def _texts_of(sample: Sample) -> list[str]:
    return [sample.text, sample.answer.text, *(call.arguments for call in sample.answer.tool_calls)]
