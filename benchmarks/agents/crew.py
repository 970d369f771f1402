"""Crews of specialists, each with a role, a goal and a story (the family of crewAI).

Many small crews in one log. A role is the task: the researcher's calls are one thing whichever crew hires him, although
goal and story were written anew for each crew, and the goal names what the run is about. The work to do comes as a
paragraph in the user message, followed by what colleagues found; the answer's form is told at the end. Roles with tools
think aloud, with the tools as text and the protocol so far in the last message. Two roles are rare.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from benchmarks.agents import writing
from benchmarks.agents.runs import Labelled, Run, assistant, bullets, runs, system, user
from slm_instrument.records import Message

_ROLES: dict[str, tuple[str, ...]] = {
    "Senior Researcher": (
        "Find out what is new about {subject}",
        "Dig up reliable facts on {subject} and keep their sources",
    ),
    "Writer": (
        "Write about {subject} so that laymen like to read it",
        "Turn findings on {subject} into a gripping story",
    ),
    "Editor": (
        "Make texts on {subject} shorter and right",
        "See to it that nothing wrong is printed about {subject}",
    ),
    "Data Analyst": (
        "Find patterns in the numbers on {subject}",
        "Answer questions about {subject} with figures and nothing else",
    ),
    "Marketing Strategist": ("Plan how {subject} reaches the people who need it",),
    "Travel Planner": ("Plan days out around {subject}",),
    "Recruiter": ("Find people who know {subject}",),
    "Lawyer": ("Keep the company out of trouble over {subject}",),
    "Crew Manager": ("Hand the work on {subject} to the right colleague, and check what comes back",),
}
_RARE = ("Recruiter", "Lawyer")
_WITH_TOOLS = ("Senior Researcher", "Data Analyst", "Travel Planner", "Crew Manager")
_TOOLS = (
    "search_web(query: str): pages about something",
    "read_page(address: str): the text of a page",
    "run_query(sql: str): rows of the data base",
    "delegate(task: str, coworker: str): let a colleague do it",
)


@dataclass(frozen=True, slots=True)
class _Crew:
    """A crew as it was written down once; what is in braces is filled in when it starts work."""

    roles: tuple[str, ...]
    prompts: tuple[str, ...]


def calls(seed: int = 0, traces: int = 110) -> Iterator[Labelled]:
    usual = tuple(role for role in _ROLES if role not in _RARE)
    crews = [_crew(Random(f"crew/{seed}/{number}"), usual) for number in range(5)]
    crews.append(_crew(Random(f"crew/{seed}/rare"), _RARE))
    for run in runs("crew", seed, traces, model="gpt-4o-mini"):
        crew = run.dice.choices(crews, (12, 6, 5, 3, 2, 3))[0]
        subject = writing.thing(run.dice, writing.topic(run.dice))
        findings: list[str] = []
        for role, prompt in zip(crew.roles, crew.prompts, strict=True):
            findings.append((yield from _work(run, role, prompt.format(subject=subject), subject, findings)))
        if run.dice.random() < 0.35:
            yield run.one_off()


def _crew(dice: Random, choice: Sequence[str]) -> _Crew:
    roles = tuple(writing.some(dice, choice, 2, 5))
    return _Crew(roles, tuple(_prompt(dice, role) for role in roles))


def _prompt(dice: Random, role: str) -> str:
    about = writing.topic(dice)
    goal = dice.choice(_ROLES[role])
    story = (
        f"For {dice.randint(3, 30)} years you have worked for {writing.company(dice)}. {writing.sentence(dice, about)}"
    )
    tools = ""
    if role in _WITH_TOOLS:
        listed = bullets(writing.some(dice, _TOOLS, 2, 4), "")
        tools = (
            f"\n\nThese tools can be used, and only these:\n{listed}\nWrite:\nThought: what to do\nAction: name of a "
            "tool\n"
            "Action Input: its arguments as JSON\nWhen nothing is left to do write Final Answer: and the answer."
        )
    return f"You are {role}. {story} {writing.sentence(dice, about)}\nYour own goal is: {goal}{tools}"


def _work(run: Run, role: str, prompt: str, subject: str, findings: list[str]) -> Generator[Labelled, None, str]:
    """All calls of one member of the crew; returns what it found."""
    dice, task = run.dice, role.lower().replace(" ", "_")
    about = writing.topic(dice)
    given = "\n----\n".join(findings)
    context = f"\n\nThis is what your colleagues found:\n{given}" if findings else ""
    request = (
        f"The task at hand: {writing.sentence(dice, about)} Work out the part on {subject} for "
        f"{writing.company(dice)}.\n\nWhat is expected: {writing.title(dice, about)}, "
        f"{dice.choice(('as a list', 'in one page', 'in three paragraphs'))}.{context}\n\nBegin. Much depends on it, "
        "give your best."
    )
    messages: list[Message] = [system(prompt), user(request)]
    if role in _WITH_TOOLS:
        for _ in range(dice.randint(1, 4)):
            step = f"Thought: {writing.sentence(dice, about)}\nAction: search_web\nAction Input: {{}}"
            yield run.call(task, messages, step, agent="crew")
            seen = f"{step}\nObservation: {writing.document(dice, about, dice.randint(80, 1_500))}"
            # Newer versions of the framework add a message where older ones made the last message longer.
            longer = [*messages[:-1], user(f"{messages[-1].text}\n{seen}")]
            messages = longer if run.share < 0.5 else [*messages, assistant(seen)]
    answer = writing.document(dice, about, dice.randint(100, 900))
    yield run.call(task, messages, f"Final Answer: {answer}", agent="crew")
    return answer
