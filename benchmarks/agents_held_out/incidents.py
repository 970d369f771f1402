"""An incident commander who follows runbooks that a workflow engine hands out.

Hard because one agent with one system prompt and one set of tools does everything, and what it is to do next comes as
the result of a tool: the last message is a tool's, with the duty among the figures of the incident, and there is no
user message but the page that began it. Runbooks in the dialogue are long and differ by service; duties were reworded
once. Chat with the people on the bridge comes in between, as user messages with names. Post-mortems are rare.
"""

from collections.abc import Iterator
from random import Random

from benchmarks.agents import coding, words, writing
from benchmarks.agents.runs import (
    Labelled,
    Run,
    as_json,
    asks_tool,
    assistant,
    bullets,
    runs,
    system,
    tool,
    tool_result,
    user,
)
from slm_instrument.records import Message

_SOFTWARE = words.TOPICS[2]
_TOOLS = (
    tool("next_duty", "Ask the workflow what is to be done now.", incident="string"),
    tool("read_runbook", "Get the runbook of a service.", service="string"),
    tool("run_check", "Run a read-only check.", service="string", check="string"),
    tool("page", "Wake somebody up.", team="string", why="string"),
)
_DUTIES = {
    "update_customers": (
        "Write the update for the status page. No names of hosts, no blame, when we will tell more.",
        "Status page is due. Tell customers what they notice, what we do, and when the next update comes.",
    ),
    "brief_management": (
        "Brief the management in three sentences: effect, cost, how long.",
        "Management wants a line on effect and duration, without technical words.",
    ),
    "grade_severity": (
        "Grade the severity anew: SEV1 to SEV4, and why it changed.",
        "Severity check. One of SEV1, SEV2, SEV3, SEV4 and a reason.",
    ),
    "hand_shift_over": (
        "Your shift ends. Hand over to the next commander: state, open threads, who does what.",
        "Shift change. What does the next commander need to know, in which order?",
    ),
    "draw_timeline": (
        "Make the timeline from the log of the bridge, one line per event with the time.",
        "Timeline please, UTC, one event per line, only what happened.",
    ),
    "write_postmortem": (
        "The incident is closed. Write the post-mortem: what happened, why, what we change.",
        "Post-mortem: causes, what went well, what to change and who does it.",
    ),
}
_OFTEN = {
    "grade_severity": 0.7,
    "update_customers": 0.9,
    "brief_management": 0.4,
    "hand_shift_over": 0.25,
    "draw_timeline": 0.4,
    "write_postmortem": 0.1,
}


def calls(seed: int = 0, traces: int = 85) -> Iterator[Labelled]:
    for run in runs("incidents", seed, traces, model="gpt-4.1"):
        dice = run.dice
        incident, service = writing.code_of(dice, "INC", 5), coding.name(dice).replace("_", "-")
        paged = f"{incident} opened by {writing.person(dice)}: {writing.sentence(dice, _SOFTWARE)} Service: {service}."
        dialogue = [_prompt(run), user(paged)]
        asked = asks_tool("read_runbook", {"service": service}, "call_0")
        yield run.call("lead_incident", dialogue, asked, agent="commander", tools=_TOOLS)
        dialogue += [asked, tool_result(asked, _runbook(dice, service))]
        for task, often in _OFTEN.items():
            for _ in range(dice.randint(0, 2)):
                yield _turn(run, service, dialogue)
            if dice.random() < often:
                yield from _duty(run, task, incident, dialogue)
        if dice.random() < 0.35:
            yield run.one_off()


def _prompt(run: Run) -> Message:
    teams = ", ".join(writing.some(run.dice, ("storage", "network", "payments", "web", "data", "identity"), 3, 5))
    return system(
        "You command incidents. You do not repair anything yourself: you find out what is known, decide who does what, "
        "and keep everybody informed. Follow the runbook unless it makes things worse. When you do not know what to "
        f"do, ask the workflow. Teams on call on {run.today}: {teams}."
    )


def _runbook(dice: Random, service: str) -> str:
    steps = [writing.sentence(dice, _SOFTWARE) for _ in range(dice.randint(3, 12))]
    head = f"# Runbook {service} (v{dice.randint(2, 40)})"
    return f"{head}\n{bullets(steps, '{n}. ')}\n\n{writing.paragraph(dice, _SOFTWARE)}"


def _figures(dice: Random) -> dict[str, object]:
    keys = writing.some(dice, ("errors_per_min", "p99_ms", "customers", "regions", "open_since_min", "cost"), 2, 5)
    return {key: dice.randint(1, 9_000) for key in keys}


def _turn(run: Run, service: str, dialogue: list[Message]) -> Labelled:
    """Looking into it: a turn of the commander with a tool or with the people on the bridge."""
    dice = run.dice
    seen = tuple(dialogue)
    if dice.random() < 0.6:
        name = dice.choice(("run_check", "page"))
        given = {"service": service, "check": coding.name(dice)} if name == "run_check" else {"team": "web", "why": ""}
        answer = asks_tool(name, given, f"call_{len(dialogue)}")
        after = tool_result(answer, dice.choice((coding.traceback(dice), as_json(_figures(dice)), "ok", "paged")))
    else:
        answer = assistant(writing.paragraph(dice, _SOFTWARE, 1, 2))
        said = dice.choice((writing.question, writing.sentence, writing.paragraph))(dice, _SOFTWARE)
        after = user(said, name=dice.choice(words.FIRST_NAMES).lower())
    dialogue += [answer, after]
    return run.call("lead_incident", seen, answer, agent="commander", tools=_TOOLS)


def _duty(run: Run, task: str, incident: str, dialogue: list[Message]) -> Iterator[Labelled]:
    """The commander asks for its duty, unless the workflow is first and puts that request in; doing it is the task."""
    dice = run.dice
    asked = asks_tool("next_duty", {"incident": incident}, f"duty_{len(dialogue)}")
    if dice.random() < 0.4:
        yield run.call("lead_incident", dialogue, asked, agent="commander", tools=_TOOLS)
    duty = _DUTIES[task][run.share > 0.5]
    told = {**_figures(dice), "duty": duty, "due": f"{dice.randint(0, 23):02}:{dice.randint(0, 59):02}"}
    dialogue += [asked, tool_result(asked, as_json(dict(dice.sample([*told.items()], len(told)))))]
    answer = assistant(_done(dice, task))
    yield run.call(task, dialogue, answer, agent="commander", tools=_TOOLS)
    dialogue.append(answer)


def _done(dice: Random, task: str) -> str:
    if task == "grade_severity":
        return f"SEV{dice.randint(1, 4)}: {writing.sentence(dice, _SOFTWARE)}"
    if task == "draw_timeline":
        minutes = sorted(dice.sample(range(600), dice.randint(3, 8)))
        return "\n".join(f"{at // 60:02}:{at % 60:02} {writing.sentence(dice, _SOFTWARE)}" for at in minutes)
    return writing.paragraph(dice, _SOFTWARE, 2, 5)
