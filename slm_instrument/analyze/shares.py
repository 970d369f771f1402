"""What each agent spends, and how much of it is replaceable."""

from collections.abc import Sequence

import numpy as np

from slm_instrument.analyze.corpus import Floats, Ints, Role, ranked
from slm_instrument.analyze.ledger import Ledger
from slm_instrument.analyze.result import Share, Spent
from slm_instrument.store.base import Task


def shares(ledger: Ledger, tasks: Sequence[Task]) -> tuple[Share, tuple[Share, ...]]:
    """The share of all calls that a language model answered, and of each agent's, most calls first."""
    rows = ledger.rows(Role.TEACHER)
    estimates = np.array([task.replaceable for task in tasks] + [0.0])[ledger.task]  # the last is that of no task
    of_agents = (
        _share(ledger, rows[ledger.agent[rows] == agent], estimates, ledger.agents[agent])
        for agent in ranked(ledger.agent[rows])
    )
    return _share(ledger, rows, estimates, None), tuple(of_agents)


def _share(ledger: Ledger, rows: Ints, estimates: Floats, agent: str | None) -> Share:
    weight = estimates[rows]
    tokens = (ledger.input_tokens[rows] + ledger.output_tokens[rows]).astype(np.float64)
    cost = ledger.cost_usd[rows]
    known = ~np.isnan(cost)
    columns = (ledger.input_tokens, ledger.cached_tokens, ledger.output_tokens)
    parts = [column[rows].astype(np.float64) for column in columns]
    return Share(
        agent=agent,
        calls=len(rows),
        tokens=int(tokens.sum()),
        cost_usd=float(cost[known].sum()) if known.any() else None,
        replaceable_calls=_weighted(weight, np.ones(len(rows))),
        replaceable_tokens=_weighted(weight, tokens),
        replaceable_cost=_weighted(weight[known], cost[known]) if known.any() else None,
        spent=Spent(*(float(part.sum()) for part in parts)),
        replaceable_spent=Spent(*(float(weight @ part) for part in parts)),
    )


def _weighted(values: Floats, weights: Floats) -> float:
    total = float(weights.sum())
    return float(values @ weights) / total if total else 0.0
