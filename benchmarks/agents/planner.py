"""An autonomous planner and executor (the families of AutoGPT, BabyAGI and plan-and-execute).

Hard because planner, executor and critic have one system prompt and one form of user message (objective, memory,
results, the present step); whether the next step is to be decided or the result reported shows in the response format
alone; the list of results grows; the memory section is optional, the rules come in changing order; the queue of tasks
is made and sorted in single user messages that differ in a sentence.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from benchmarks.agents import writing
from benchmarks.agents.runs import Labelled, Run, as_json, assistant, bullets, json_schema, runs, system, user

_RULES = (
    "You have no help from people.",
    "Save what is important, as your memory is short.",
    "Use only the commands that are listed.",
    "Every step costs money; be thrifty.",
    "Do not do anything twice.",
    "Prefer primary sources.",
)
_COMMANDS = ("search(query)", "read_page(url)", "write_file(name, text)", "run_python(code)", "ask_memory(question)")
_DECIDE = json_schema("next_step", thoughts="string", command="string", arguments="object")


@dataclass(slots=True)
class _Job:
    objective: str
    prompt: str
    results: list[str] = field(default_factory=list[str])

    def state(self, dice: Random, step: str) -> str:
        memory = ""
        if dice.random() < 0.5:
            about = writing.topic(dice)
            memory = (
                "From memory:\n" + bullets([writing.sentence(dice, about) for _ in range(dice.randint(1, 5))]) + "\n\n"
            )
        done = bullets(self.results, "{n}. ") or "nothing yet"
        return f"Objective: {self.objective}\n\n{memory}Results so far:\n{done}\n\nPresent step: {step}"


def calls(seed: int = 0, traces: int = 75) -> Iterator[Labelled]:
    for run in runs("planner", seed, traces, model="gpt-4-turbo-preview"):
        dice = run.dice
        about = writing.topic(dice)
        objective = f"{writing.question(dice, about)} Write a report for {writing.company(dice)}."
        job = _Job(objective, _prompt(dice))
        steps = [writing.title(dice, about) for _ in range(dice.randint(2, 6))]
        ask = f"Objective: {objective}\n\nMake a plan: the steps, one on each line, as few as possible."
        yield run.call("plan", [system(job.prompt), user(ask)], bullets(steps, "{n}. "), agent="autonomous")
        for step in steps:
            yield from _step(run, job, step)
        if dice.random() < 0.5:
            yield run.one_off()


def _prompt(dice: Random) -> str:
    return (
        "You are an autonomous agent that plans, acts and checks its own work until an objective is reached. You "
        "decide for yourself, keep to the rules below, and your answer is read by a program, so follow the form that "
        "is asked for.\n"
        f"Rules:\n{bullets(writing.some(dice, _RULES, 4, 6), '{n}. ')}\nCommands:\n{bullets(dice.sample(_COMMANDS, 5))}"
    )


def _step(run: Run, job: _Job, step: str) -> Iterator[Labelled]:
    dice = run.dice
    about = writing.topic(dice)
    state = job.state(dice, step)
    for _ in range(dice.randint(1, 3)):
        choice = as_json({"thoughts": step, "command": dice.choice(_COMMANDS).split("(")[0], "arguments": {}})
        messages = [system(job.prompt), user(state)]
        yield run.call("decide_command", messages, choice, agent="autonomous", response_format=_DECIDE)
        if dice.random() < 0.08:
            complaint = user("Error: the command could not be read. Answer in the form of the schema.")
            retry = [*messages, assistant(step), complaint]
            yield run.call("decide_command", retry, choice, agent="autonomous", response_format=_DECIDE)
        state += f"\nOutput of the command: {writing.document(dice, about, dice.randint(60, 1_200))}"
    report = writing.paragraph(dice, about, 1, 3)
    yield run.call("report_result", [system(job.prompt), user(state)], report, agent="autonomous")
    job.results.append(report)
    if dice.random() < 0.6:
        ask = (
            f"{state}\n\nResult: {report}\n\nIs the step done and the result right? Criticise it in one sentence, "
            "then PASS or FAIL."
        )
        yield run.call(
            "criticise", [system(job.prompt), user(ask)], dice.choice(("Sound. PASS", "Thin. FAIL")), agent="autonomous"
        )
    yield from _queue(run, job, report)


def _queue(run: Run, job: _Job, report: str) -> Iterator[Labelled]:
    """The tasks that follow from a result, and their order."""
    dice = run.dice
    about = writing.topic(dice)
    tasks = [writing.title(dice, about) for _ in range(dice.randint(2, 12))]
    head = f"You look after the tasks of an agent whose objective is: {job.objective}"
    if dice.random() < 0.5:
        ask = (
            f"{head}\nThe last result was: {report}\nOpen tasks: {', '.join(tasks)}\nWhich new tasks follow? They "
            "must not overlap with open ones. A numbered list."
        )
        yield run.call("create_tasks", [user(ask)], bullets(tasks[:2], "{n}. "))
    if dice.random() < 0.5:
        ask = (
            f"{head}\nOpen tasks: {', '.join(tasks)}\nClean up the wording and sort them by importance. Remove "
            f"none. A numbered list that starts with {dice.randint(1, 30)}."
        )
        yield run.call("prioritise_tasks", [user(ask)], bullets(tasks, "{n}. "))
    if dice.random() < 0.1:
        ask = f"{job.objective}\n{bullets(job.results)}\n\nWrite the final report in Markdown."
        yield run.call(
            "final_report", [system(job.prompt), user(ask)], writing.document(dice, about, 900), agent="autonomous"
        )
