"""Names taken out of what a student learns from, and of nothing else.

Calibration and test calls stay as they are: a live prompt comes with its names, since finding them takes longer than a
student's answer, and a certificate must hold for what comes.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from slm_instrument.curate.sample import Sample
from slm_instrument.errors import MissingExtraError
from slm_instrument.privacy.lookup import Lookup, Names
from slm_instrument.privacy.names import NamesRecogniser
from slm_instrument.redaction.placeholders import Masking
from slm_instrument.redaction.policy import Level, Policy
from slm_instrument.store.base import Task
from slm_instrument.store.protocol import Store

_log = logging.getLogger("slm_instrument")


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


def without_names(samples: Sequence[Sample], names: Names, policy: Policy) -> list[Sample]:
    """Samples with numbered placeholders in place of names; a sample's answer is left alone."""
    lookup = Lookup(names, ((sample.text, policy) for sample in samples))
    made: list[Sample] = []
    for sample in samples:
        masking = Masking()
        made.append(replace(sample, text=masking.numbered(lookup.masked(sample.text, policy, masking.replace))))
    return made
