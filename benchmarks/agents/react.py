"""Multi-hop questions with interleaved thoughts and actions (the family of ReAct and Reflexion).

Hard because the thought and the action are separate calls over one growing scratchpad in the last user message, told
apart by its very last word; the tools are listed as text, and one came later; examples are drawn from a pool; the
reflection has the same examples of traces before it. An agent name is given, "agent", for everything.
"""

from collections.abc import Generator, Iterator
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, runs, system, user

_TOOLS = (
    "Search[title]: the first paragraph of the article with that title, or titles that are similar",
    "Lookup[words]: the next sentence of the article that holds the words",
    "Finish[answer]: ends the work with the answer",
)
_ADDED = "Calculate[expression]: the value of an arithmetic expression"


def calls(seed: int = 0, traces: int = 130) -> Iterator[Labelled]:
    pool = [_example(Random(f"react/{seed}/example/{number}")) for number in range(9)]
    for run in runs("react", seed, traces, model="gpt-3.5-turbo-instruct", timed=False):
        question = writing.question(run.dice, writing.topic(run.dice))
        scratchpad, lessons = "", ""
        for attempt in range(run.dice.choice((1, 1, 1, 2))):
            if attempt:
                call, _ = made = _reflect(run, question, scratchpad)
                yield made
                lessons = call.response.text if call.response else ""
            scratchpad = yield from _attempt(run, question, lessons, pool)
        if run.dice.random() < 0.5:
            prompt = f"Question: {question}\nExpected: {writing.person(run.dice)}\nGiven: {writing.person(run.dice)}\n"
            prompt += "Do the two answers mean the same? Reply CORRECT or INCORRECT."
            yield run.call(
                "grade_answer", [user(prompt)], writing.decided(prompt, ("CORRECT", "INCORRECT")), agent="agent"
            )
        if run.dice.random() < 0.3:
            yield run.one_off()


def _example(dice: Random) -> str:
    return f"Question: {writing.question(dice, writing.topic(dice))}\n" + _episode(dice, dice.randint(2, 4))


def _episode(dice: Random, steps: int) -> str:
    return "".join(
        f"Thought {at}: {_thought(dice)}\nAction {at}: {_action(dice)}\n{_seen(dice, at)}" for at in range(1, steps)
    )


def _thought(dice: Random) -> str:
    about = writing.topic(dice)
    return f"I need to find out about the {writing.thing(dice, about)}. {writing.sentence(dice, about)}"


def _action(dice: Random) -> str:
    return f"{dice.choice(('Search', 'Search', 'Lookup', 'Finish'))}[{writing.thing(dice, writing.topic(dice))}]"


def _seen(dice: Random, at: int) -> str:
    return f"Observation {at}: {writing.paragraph(dice, writing.topic(dice))}\n"


def _instructions(run: Run, pool: list[str]) -> str:
    tools = _TOOLS if run.share < 0.5 else (*_TOOLS[:2], _ADDED, _TOOLS[2])
    examples = "\n".join(writing.some(run.dice, pool, 2, 3))
    return (
        "Answer a question by turns of Thought, Action and Observation. A thought weighs what is known; an action is "
        f"one of these:\n{chr(10).join(tools)}\nTake as many turns as you need.\n\nExamples:\n{examples}\n(end of "
        "examples)"
    )


def _attempt(run: Run, question: str, lessons: str, pool: list[str]) -> Generator[Labelled, None, str]:
    """All turns of one attempt; returns the scratchpad."""
    dice = run.dice
    prompt = system(_instructions(run, pool))
    head = f"Lessons from earlier attempts:\n{lessons}\n\n" if lessons else ""
    scratchpad = f"{head}Question: {question}\n"
    for turn in range(1, dice.randint(3, 7)):
        thought, action = _thought(dice), _action(dice)
        scratchpad += f"Thought {turn}:"
        yield run.call("think", [prompt, user(scratchpad)], f" {thought}", agent="agent")
        scratchpad += f" {thought}\nAction {turn}:"
        yield run.call("act", [prompt, user(scratchpad)], f" {action}", agent="agent")
        scratchpad += f" {action}\n{_seen(dice, turn)}"
    return scratchpad


def _reflect(run: Run, question: str, scratchpad: str) -> Labelled:
    dice = run.dice
    prompt = (
        "You get the protocol of an attempt to answer a question by searching. It failed. Say in a few sentences why, "
        f"and what to do differently.\n\n{_example(dice)}\n\nQuestion: {question}\n{scratchpad}\n\nReflection:"
    )
    return run.call("reflect", [user(prompt)], writing.paragraph(dice, words.TOPICS[7], 2, 4), agent="agent")
