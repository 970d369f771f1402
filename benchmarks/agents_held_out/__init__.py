"""More made applications, of other kinds, that the analysis was never improved by looking at: for held-out figures.

Like :mod:`benchmarks.agents` and with its generators, written without knowing how the analysis works. Whoever changes
the analysis may read the figures it gets here, but not its mistakes.
"""

from collections.abc import Callable, Iterator, Mapping

from benchmarks.agents.runs import Labelled
from benchmarks.agents_held_out import (
    claims,
    clinic,
    contracts,
    dungeon,
    incidents,
    labelling,
    listings,
    meetings,
    migration,
    recruiting,
    search_planner,
    tutor,
    voice,
)

AGENTS: Mapping[str, Callable[..., Iterator[Labelled]]] = {
    "claims": claims.calls,
    "clinic": clinic.calls,
    "contracts": contracts.calls,
    "dungeon": dungeon.calls,
    "incidents": incidents.calls,
    "labelling": labelling.calls,
    "listings": listings.calls,
    "meetings": meetings.calls,
    "migration": migration.calls,
    "recruiting": recruiting.calls,
    "search_planner": search_planner.calls,
    "tutor": tutor.calls,
    "voice": voice.calls,
}
"""Name of the application -> its calls; takes ``seed`` and ``traces``, how many runs to make."""
