"""What each agent spends, and how much of it is replaceable."""

from collections.abc import Sequence

import numpy as np

from slm_instrument.analyze.corpus import Corpus, Floats, Ints, Role, ranked
from slm_instrument.analyze.result import Share
from slm_instrument.store.base import Task


def shares(corpus: Corpus, tasks: Sequence[Task], task_of: Ints) -> tuple[Share, tuple[Share, ...]]:
    """The share of all calls that a language model answered, and of each agent's, most calls first."""
    rows = corpus.rows(Role.TEACHER)
    estimates = np.array([task.replaceable for task in tasks] + [0.0])[task_of]  # the last is that of no task
    of_agents = (
        _share(corpus, rows[corpus.agent[rows] == agent], estimates, corpus.agents[agent])
        for agent in ranked(corpus.agent[rows])
    )
    return _share(corpus, rows, estimates, None), tuple(of_agents)


def _share(corpus: Corpus, rows: Ints, estimates: Floats, agent: str | None) -> Share:
    weight = estimates[rows]
    tokens = (corpus.input_tokens[rows] + corpus.output_tokens[rows]).astype(np.float64)
    cost = corpus.cost_usd[rows]
    known = ~np.isnan(cost)
    return Share(
        agent=agent,
        calls=len(rows),
        tokens=int(tokens.sum()),
        cost_usd=float(cost[known].sum()) if known.any() else None,
        replaceable_calls=_weighted(weight, np.ones(len(rows))),
        replaceable_tokens=_weighted(weight, tokens),
        replaceable_cost=_weighted(weight[known], cost[known]) if known.any() else None,
    )


def _weighted(values: Floats, weights: Floats) -> float:
    total = float(weights.sum())
    return float(values @ weights) / total if total else 0.0
