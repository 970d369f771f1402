"""More made applications, of other kinds, that the analysis was not improved by looking at: for figures that are held out.

Written like :mod:`benchmarks.agents` and with its generators, without knowing how the analysis works. Whoever changes
the analysis should read its figures here and not its mistakes.
"""

from collections.abc import Callable, Iterator, Mapping

from benchmarks.agents.runs import Labelled
from benchmarks.agents_held_out import (
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
