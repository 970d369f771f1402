"""A software house of role-playing agents that hand documents on (the family of MetaGPT and ChatDev).

Hard because all roles share the first third of their system prompt, one role's prompt serves several phases that only
the last sentences of the user message tell apart, and two phases are played by either of two roles. The order's text
stands in the system prompt, so that no two runs have the same one; the preamble is reworded half way; an answer in a
wrong form is asked for again in a further message, which is still the same task.
"""

from collections.abc import Callable, Iterator
from random import Random

from benchmarks.agents import coding, writing
from benchmarks.agents.runs import Labelled, Run, as_json, assistant, bullets, runs, system, user

_PREAMBLES = (
    "Foundry is a virtual software house. Its people are language models with one profession each; they pass documents "
    "to each other until the customer's order can be delivered, and none of them ever talks to the customer directly. "
    "Everybody works carefully, stays within the profession given below and writes nothing but what was asked for.",
    "You work at Foundry, a software house in which every employee is a language model. Documents are handed from desk "
    "to desk until the order is ready. Stick to your profession, be careful, and write only what you were asked for. "
    "Never address the customer.",
)
_ROLES = {
    "product manager": "You turn vague wishes into requirements, know what competitors offer, and write for laymen.",
    "architect": "You choose libraries, cut the system into files and define interfaces; you prefer boring technology.",
    "engineer": "You write complete, readable Python without placeholders and answer for every line of it.",
    "quality engineer": "You doubt everything, find the case nobody thought of, and prove it with a test.",
}
_ORDERS = ("game", "web site", "command line tool", "desktop widget", "small API", "report generator", "chat bot")


class _Desk:
    """What is known in one run: the order and the documents made so far."""

    def __init__(self, run: Run) -> None:
        dice = run.dice
        self.run = run
        about = writing.topic(dice)
        self.order = (
            f"a {dice.choice(_ORDERS)} about {writing.thing(dice, about)}: {writing.paragraph(dice, about, 1, 4)}"
        )
        self.wishes = bullets([writing.sentence(dice, about) for _ in range(dice.randint(3, 8))], "{n}. ")
        self.files = sorted({coding.file_name(dice) for _ in range(dice.randint(2, 6))})
        self.code = coding.source(dice, dice.randint(2, 6))

    def ask(self, task: str, role: str, told: str, request: str, answer: str) -> Labelled:
        preamble = _PREAMBLES[self.run.share > 0.55]
        prompt = f"{preamble}\nYou are the {role}. {_ROLES[role]}\nThe customer ordered {self.order}"
        return self.run.call(task, [system(prompt), user(f"{told}\n\n{request}")], answer, agent=role)


def calls(seed: int = 0, traces: int = 70) -> Iterator[Labelled]:
    for run in runs("software_company", seed, traces, model="gpt-4-turbo"):
        desk = _Desk(run)
        yield from _plan(desk)
        yield from _build(desk)
        if run.dice.random() < 0.45:
            yield run.one_off()


def _plan(desk: _Desk) -> Iterator[Labelled]:
    order, wishes, dice = f"Order: {desk.order}", f"Requirements so far:\n{desk.wishes}", desk.run.dice
    yield desk.ask(
        "write_requirements",
        "product manager",
        order,
        "Write the requirements as a numbered list of user stories, the most important first. Not more than ten.",
        desk.wishes,
    )
    if dice.random() < 0.5:
        yield desk.ask(
            "compare_competitors",
            "product manager",
            f"{order}\n{wishes}",
            "Name up to five existing products that do something similar. Give each one sentence on what it lacks.",
            bullets([f"{writing.company(dice)}: {writing.title(dice, writing.topic(dice))}" for _ in range(4)]),
        )
    yield desk.ask(
        "choose_libraries",
        "architect",
        f"{order}\n{wishes}",
        "Which third-party Python packages are needed? Answer in the form of a requirements.txt, without comments.",
        "\n".join(writing.some(dice, ("flask", "pygame", "rich", "httpx", "numpy", "sqlalchemy", "click"), 1, 4)),
    )
    yield from _files(desk, f"{order}\n{wishes}")


def _files(desk: _Desk, told: str) -> Iterator[Labelled]:
    """The list of files, asked for once more when it is no JSON."""
    request = (
        "List the files to write, in the order in which they should be written. Answer with a JSON array of paths."
    )
    good, bad = as_json(desk.files), "Here are the files:\n" + bullets(desk.files)
    if desk.run.dice.random() < 0.75:
        yield desk.ask("list_files", "architect", told, request, good)
        return
    call, task = desk.ask("list_files", "architect", told, request, bad)
    yield call, task
    complaint = "Your answer could not be parsed: Expecting value: line 1 column 1 (char 0). Send it again, corrected."
    yield desk.run.call(task, [*call.messages, assistant(bad), user(complaint)], good, agent="architect")


def _build(desk: _Desk) -> Iterator[Labelled]:
    dice = desk.run.dice
    plan = f"Requirements:\n{desk.wishes}\nFiles: {', '.join(desk.files)}"
    for file in desk.files:
        desk.code = coding.source(dice, dice.randint(2, 7))
        request = f"Write the file {file} completely. Do not repeat other files and leave nothing to be filled in."
        yield desk.ask("write_code", "engineer", plan, request, f"```python\n{desk.code}\n```")
        for phase in dice.sample(_PHASES, dice.randint(1, 3)):
            yield phase(desk, f"{plan}\n\n{file}\n```python\n{desk.code}\n```", dice)
    yield desk.ask(
        "write_manual",
        dice.choice(("product manager", "engineer")),
        plan,
        "Write the manual for people who will use the program: installation, first steps, and what to do in trouble.",
        writing.document(dice, writing.topic(dice), 900),
    )


def _review(desk: _Desk, told: str, dice: Random) -> Labelled:
    request = "Point out the one most serious problem in this code and how to solve it. If there is none, answer OK."
    return desk.ask("review_code", dice.choice(("engineer", "quality engineer")), told, request, coding.statement(dice))


def _revise(desk: _Desk, told: str, dice: Random) -> Labelled:
    remark = f"Remark of a colleague: {writing.sentence(dice, writing.topic(dice))}"
    request = "Change the code so that the remark is settled, and give the whole file again."
    return desk.ask("revise_code", "engineer", f"{told}\n\n{remark}", request, coding.source(dice, 3))


def _repair(desk: _Desk, told: str, dice: Random) -> Labelled:
    request = "The program stopped with the message above. Correct the code and give the whole file again."
    return desk.ask("repair_code", "engineer", f"{told}\n\n{coding.traceback(dice)}", request, coding.source(dice, 3))


def _test(desk: _Desk, told: str, dice: Random) -> Labelled:
    request = "Write pytest tests for this file. Every test checks one behaviour and has a name that says which."
    return desk.ask("write_tests", "quality engineer", told, request, coding.function(dice))


def _explain(desk: _Desk, told: str, dice: Random) -> Labelled:
    request = "The tests printed the output above. Say in at most three sentences what is wrong, without giving code."
    answer = writing.paragraph(dice, writing.topic(dice), 1, 3)
    return desk.ask("explain_failure", "quality engineer", f"{told}\n\n{coding.traceback(dice)}", request, answer)


_PHASES: tuple[Callable[[_Desk, str, Random], Labelled], ...] = (_review, _revise, _repair, _test, _explain)
