"""Claims at an insurer, handled by a pipeline in which every step has a prompt of its own.

Plain, as many agents are: a fixed system prompt and an agent's name per step. What is left to stumble over: the file of
the claim is the same long text in most calls of a run; two prompts were reworded and one got the date in front; the
adjuster has tools, one more later, and works in a dialogue; estimates are asked for by the same prompt for cars, homes
and journeys, whose files have nothing in common. Suspicions are reported rarely.
"""

from collections.abc import Iterator
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import (
    Labelled,
    Run,
    as_json,
    asks_tool,
    json_schema,
    runs,
    system,
    tool,
    tool_result,
    user,
)
from benchmarks.agents.words import split
from slm_instrument.records import Message

_INTAKE = (
    "You open claims at an insurer. From what the customer wrote, fill in the form. Do not guess dates or amounts.",
    "Open a claim from the customer's message by filling in the form. Relative dates are counted from the day of the "
    "message. Amounts as they were written. Leave out what is not there.",
)
_FORM = json_schema("claim", kind="string", happened_on="string", place="string", amount="string", injured="boolean")
_COVER = (
    "You check whether a policy covers a claim. Name the paragraph of the policy on which it depends, and answer "
    "COVERED, EXCLUDED or UNCLEAR in the last line."
)
_ESTIMATE = (
    "You estimate what a loss will cost. Give a lowest, a likely and the highest amount, and what the difference hangs "
    "on."
)
_ADJUST = (
    "You are a claims adjuster. You gather what is missing, by the tools, until the claim can be settled or refused. "
    "Do not ask the customer for what we have. End with a proposal in three sentences."
)
_LETTER = (
    "You write to customers about their claims: clear, kind, without paragraphs of law. Say what was decided, why, and "
    "what they can do if they disagree.",
    "Write the decision on a claim to the customer. Plain words, the result in the first sentence, the reason in the "
    "second, the way to object in the last.",
)
_FRAUD = "Report a suspicion to the investigators: facts first, then what does not fit, nothing about the person."
_TOOLS = (
    tool("get_policy", "The customer's policy.", number="string"),
    tool("ask_garage", "Ask a garage or a builder for an offer.", about="string"),
    tool("past_claims", "Earlier claims of the customer.", number="string"),
)
_WEATHER = tool("weather_on", "The weather at a place on a day.", place="string", day="string")
_KINDS = split("car, home, journey, bicycle, liability, pet", ",")


def calls(seed: int = 0, traces: int = 160) -> Iterator[Labelled]:
    for run in runs("claims", seed, traces, model="gpt-4o-mini"):
        dice = run.dice
        file = _file(dice)
        opened = as_json({"kind": dice.choice(_KINDS), "happened_on": writing.day(dice), "injured": False})
        intake = [system(_INTAKE[run.share > 0.5]), user(file)]
        yield run.call("open_claim", intake, opened, agent="intake", response_format=_FORM)
        policy = f"Claim:\n{file}\n\nPolicy:\n{writing.document(dice, words.TOPICS[5], dice.randint(300, 1_500))}"
        verdict = f"{writing.sentence(dice, words.TOPICS[5])}\n{dice.choice(('COVERED', 'EXCLUDED', 'UNCLEAR'))}"
        yield run.call("check_cover", [system(_COVER), user(policy)], verdict, agent="cover")
        if dice.random() < 0.7:
            amounts = f"{writing.money(dice)} / {writing.money(dice)}. {writing.sentence(dice, words.TOPICS[0])}"
            yield run.call("estimate_loss", [system(_ESTIMATE), user(file)], amounts, agent="estimate")
        if dice.random() < 0.5:
            yield from _adjusted(run, file)
        told = f"Decision: {dice.choice(('paid', 'paid in part', 'refused'))}, {writing.money(dice)}\n\n{file}"
        letter = [system(f"Today is {run.today}. {_LETTER[run.share > 0.7]}"), user(told)]
        yield run.call("write_decision", letter, writing.paragraph(dice, words.TOPICS[5]), agent="letters")
        if dice.random() < 0.05:
            report = writing.paragraph(dice, words.TOPICS[5])
            yield run.call("report_suspicion", [system(_FRAUD), user(file)], report, agent="estimate")
        if dice.random() < 0.2:
            yield run.one_off()


def _file(dice: Random) -> str:
    about = dice.choice((words.TOPICS[3], words.TOPICS[4], words.TOPICS[10]))
    head = f"Policy {writing.code_of(dice, 'POL')}, {writing.person(dice)}, {writing.day(dice)}"
    return f"{head}\n\n{writing.document(dice, about, dice.randint(100, 1_200))}"


def _adjusted(run: Run, file: str) -> Iterator[Labelled]:
    dice = run.dice
    tools = _TOOLS if run.share < 0.5 else (*_TOOLS, _WEATHER)
    dialogue: list[Message] = [system(_ADJUST), user(file)]
    for turn in range(dice.randint(1, 4)):
        asked = asks_tool(dice.choice(_TOOLS).name, {"number": writing.code_of(dice, "POL")}, f"call_{turn}")
        yield run.call("adjust_claim", dialogue, asked, agent="adjuster", tools=tools)
        dialogue += [asked, tool_result(asked, writing.paragraph(dice, words.TOPICS[4]))]
    proposal = writing.paragraph(dice, words.TOPICS[5], 3, 3)
    yield run.call("adjust_claim", dialogue, proposal, agent="adjuster", tools=tools)
