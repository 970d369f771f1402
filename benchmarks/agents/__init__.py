"""Made applications whose tasks are known: logged calls as agents make them, each with the task it is of.

Modelled on the families of prompts that real frameworks send, in words of our own. What makes an application hard for
an analysis is written at the head of its module. The same seed gives the same calls.
"""

from collections.abc import Callable, Iterator, Mapping

from benchmarks.agents import (
    alerts,
    browser,
    bugfixer,
    code_review,
    compiled,
    crew,
    debate,
    extraction,
    group_chat,
    helpdesk,
    intents,
    judge,
    memory,
    moderation,
    newsroom,
    office,
    planner,
    rag,
    react,
    software_company,
    sql,
    town,
    travel_desk,
)
from benchmarks.agents.runs import Labelled

AGENTS: Mapping[str, Callable[..., Iterator[Labelled]]] = {
    "alerts": alerts.calls,
    "browser": browser.calls,
    "bugfixer": bugfixer.calls,
    "code_review": code_review.calls,
    "compiled": compiled.calls,
    "crew": crew.calls,
    "debate": debate.calls,
    "extraction": extraction.calls,
    "group_chat": group_chat.calls,
    "helpdesk": helpdesk.calls,
    "intents": intents.calls,
    "judge": judge.calls,
    "memory": memory.calls,
    "moderation": moderation.calls,
    "newsroom": newsroom.calls,
    "office": office.calls,
    "planner": planner.calls,
    "rag": rag.calls,
    "react": react.calls,
    "software_company": software_company.calls,
    "sql": sql.calls,
    "town": town.calls,
    "travel_desk": travel_desk.calls,
}
"""Name of the application -> its calls; takes ``seed`` and ``traces``, how many runs to make."""
