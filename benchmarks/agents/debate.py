"""Two role-playing agents who solve a task together (the family of CAMEL).

Hard because both partners' system prompts are of one mould and full of the names of two professions and a task that
are different in every run: thousands of calls with hundreds of distinct prompts are two tasks, who instructs and who
carries out. The names of the professions overlap: who instructs in one run carries out in another. Conversations grow
and repeat. Inventing professions is rare.
"""

from collections.abc import Iterator

from benchmarks.agents import writing
from benchmarks.agents.runs import Labelled, Run, assistant, bullets, runs, system, user

_PROFESSIONS = [
    "accountant",
    "actor",
    "baker",
    "beekeeper",
    "biologist",
    "bus driver",
    "carpenter",
    "chemist",
    "city planner",
    "dentist",
    "editor",
    "electrician",
    "farmer",
    "film director",
    "firefighter",
    "geologist",
    "historian",
    "journalist",
    "lawyer",
    "librarian",
    "nurse",
    "optician",
    "photographer",
    "pilot",
    "poet",
    "programmer",
    "sailor",
    "stock broker",
    "teacher",
    "translator",
    "vet",
    "watchmaker",
]


def calls(seed: int = 0, traces: int = 110) -> Iterator[Labelled]:
    for run in runs("debate", seed, traces, model="gpt-3.5-turbo-0613"):
        dice = run.dice
        helper, boss = (profession.title() for profession in dice.sample(_PROFESSIONS, 2))
        about = writing.topic(dice)
        if dice.random() < 0.1:
            kind = dice.choice(("professions", "jobs that people are proud of"))
            prompt = f"List {dice.choice((20, 50))} {kind} that an assistant could have. One on each line, sorted."
            yield run.call(
                "invent_professions", [user(prompt)], bullets(writing.some(dice, _PROFESSIONS, 5, 9), "{n}. ")
            )
        task = writing.sentence(dice, about)
        yield _specify(run, helper, boss, task)
        yield from _work(run, helper, boss, f"{task} {writing.sentence(dice, about)}")
        if dice.random() < 0.25:
            yield run.one_off()


def _specify(run: Run, helper: str, boss: str, task: str) -> Labelled:
    words = run.dice.choice((50, 50, 80))
    prompt = (
        f"{helper} and {boss} will work on this together: {task}\nMake it more specific; be creative. Answer with the "
        f"specified task in {words} words or fewer and add nothing."
    )
    told = system("You can make a task more specific.")
    return run.call("specify_task", [told, user(prompt)], writing.sentence(run.dice, writing.topic(run.dice)))


def _work(run: Run, helper: str, boss: str, task: str) -> Iterator[Labelled]:
    dice = run.dice
    about = writing.topic(dice)
    leads, follows = _lead(run, helper, boss, task), _follow(run, helper, boss, task)
    opening = "Begin. Give me the first instruction, with the input that it needs, and nothing else."
    orders, results = list[str](), list[str]()
    for _ in range(dice.randint(2, 8)):
        said = (
            f"Instruction: {writing.sentence(dice, about)}\nInput: {dice.choice(('None', writing.thing(dice, about)))}"
        )
        heard = [user(opening)]
        for order, result in zip(orders, results, strict=True):
            heard += [assistant(order), user(result)]
        yield run.call("instruct", [system(leads), *heard], said, agent=boss)
        orders.append(said)
        done = f"Solution: {writing.paragraph(dice, about)} Next request."
        heard = [user(orders[0])]
        for result, order in zip(results, orders[1:], strict=True):
            heard += [assistant(result), user(order)]
        yield run.call("carry_out", [system(follows), *heard], done, agent=helper)
        results.append(done)
        if dice.random() < 0.15:
            yield _criticise(run, task, done)


def _lead(run: Run, helper: str, boss: str, task: str) -> str:
    return (
        f"Remember that you are {_a(boss)} and I am {_a(helper)}. We never swap these roles: you instruct me, always. "
        f"We both want to complete this task: {task}\nInstruct me, from what you know as {_a(boss)} and what you "
        "need, in one of two ways: with an input, or without one (Input: None). One instruction at a time; ask me "
        "nothing." + (" When the task is complete, say only TASK_DONE." if run.share > 0.3 else "")
    )


def _follow(run: Run, helper: str, boss: str, task: str) -> str:
    return (
        f"Remember that you are {_a(helper)} and I am {_a(boss)}. We never swap these roles: I instruct you, always. "
        f"We both want to complete this task: {task}\nCarry out what I instruct, from what you know as {_a(helper)}, "
        "or say honestly why you cannot. Begin with Solution: and give a thorough one; end with Next request."
        + (" Never ask me to do it." if run.share > 0.5 else "")
    )


def _criticise(run: Run, task: str, done: str) -> Labelled:
    prompt = (
        f"Task: {task}\nProposal: {done}\n\nDoes the proposal bring the task forward? Choose A (yes), B (partly) "
        "or C (no)."
    )
    return run.call("criticise", [user(prompt)], run.dice.choice("ABC"), agent="critic")


def _a(profession: str) -> str:
    return f"{'an' if profession[0] in 'AEIOU' else 'a'} {profession}"
