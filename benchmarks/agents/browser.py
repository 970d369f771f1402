"""An agent that uses web sites (the family of WebVoyager, Open Operator and browser-use).

Hard because the step, which is nearly every call, is one task although its pages differ wholly, its history is cut,
screenshots come and go as parts of the message, the system prompt got two more actions and other numbering half way,
and the goal is repeated at both ends; beside it, four small tasks get the same page. The framework names every one of
them "agent". Tasks given to one element of a page are told apart by the words before it.
"""

from collections.abc import Iterator
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, as_json, assistant, bullets, runs, system, user
from slm_instrument.records import Message

_ACTIONS = (
    "click [id]",
    "type [id] text",
    "scroll up or down",
    "wait",
    "back",
    "goto url",
    "finish answer",
)
_ADDED = ("hover [id]", "press key")
_ROLES = ("link", "button", "textbox", "img", "heading", "menuitem", "checkbox")


def calls(seed: int = 0, traces: int = 75) -> Iterator[Labelled]:
    for run in runs("browser", seed, traces, model="gpt-4o-2024-08-06"):
        dice = run.dice
        goal = _goal(dice)
        told = (
            "Where should a browser begin to reach this goal? Answer with one address. Use a search engine if no site "
            f"comes to mind.\nGoal: {goal}"
        )
        yield run.call("choose_start", [user(told)], writing.url(dice), agent="agent")
        yield from _steps(run, goal)
        if dice.random() < 0.4:
            yield run.one_off()


def _goal(dice: Random) -> str:
    about = writing.topic(dice)
    return dice.choice(
        (
            f"Find the cheapest {writing.product(dice)} under {writing.money(dice)} that ships to {writing.city(dice)}",
            f"Book a table for {dice.randint(2, 9)} in {writing.city(dice)} on {writing.day(dice)}",
            f"Find out: {writing.question(dice, about)}",
            f"Write down the address and phone number of {writing.company(dice)} in {writing.city(dice)}",
            f"Compare the prices of {writing.product(dice)} and {writing.product(dice)}",
            f"Subscribe {writing.email(writing.person(dice), writing.company(dice))} to news about the "
            f"{writing.thing(dice, about)}",
        )
    )


def _page(dice: Random) -> str:
    """A page as the tree of what can be read and used on it."""
    about = writing.topic(dice)
    rows = [f"Tab 0 (current): {writing.title(dice, about)}", writing.url(dice)]
    for id in dice.sample(range(1, 4_000), dice.randint(8, 70)):
        text = (
            dice.choice((writing.thing, writing.title))(dice, about) if dice.random() < 0.7 else writing.product(dice)
        )
        rows.append(f"[{id}] {dice.choice(_ROLES)} '{text}'")
        if dice.random() < 0.15:
            rows.append(f"StaticText '{writing.sentence(dice, about)}'")
    return "\n".join(rows)


def _step_prompt(run: Run) -> str:
    if run.share < 0.5:
        listed = bullets(_ACTIONS, "{n}. ")
        return (
            "You use a web browser like a person would, to reach a goal that you are given. In every turn you see the "
            f"page and answer with one action. The actions are:\n{listed}\nSay first in one sentence what you think, "
            "then the action:\nThought: ...\nAction: ..."
        )
    listed = bullets(run.dice.sample((*_ACTIONS, *_ADDED), len(_ACTIONS) + len(_ADDED)))
    return (
        "You use a web browser like a person would, to reach a goal that you are given. In every turn you see the "
        f"page, with a picture where there is one, and answer with one action of these:\n{listed}\nNever log in, "
        "never pay, and close banners about cookies first.\nForm of the answer:\nThought: one sentence\nAction: the "
        "action"
    )


def _steps(run: Run, goal: str) -> Iterator[Labelled]:
    dice = run.dice
    prompt, history, page = _step_prompt(run), list[Message](), ""
    for turn in range(dice.randint(3, 12)):
        page = _page(dice)
        seen = f"Goal: {goal}\n\nPage:\n{page}\n\nKeep in mind, the goal is: {goal}"
        answer = f"Thought: {writing.sentence(dice, words.TOPICS[2])}\nAction: {_action(dice)}"
        messages = [system(prompt), *history, _looked_at(dice, seen)]
        yield run.call("next_step", messages, answer, agent="agent")
        # Only the latest page is kept in full, as a page is long.
        history = [*history[-8:], user(f"(page {turn} left out)"), assistant(answer)]
        yield from _beside(run, goal, page)
    text = "\n".join(message.text for message in history)
    told = "You check the work of a web agent. Was the goal reached? Answer SUCCESS or NOT SUCCESS after one sentence."
    ends = [system(told), user(f"Goal: {goal}\n\nWhat the agent did:\n{text}\n\nThe last page:\n{page}")]
    yield run.call(
        "verify_goal", ends, dice.choice(("All is there. SUCCESS", "It gave up. NOT SUCCESS")), agent="agent"
    )


def _action(dice: Random) -> str:
    return dice.choice(
        (f"click [{dice.randint(1, 4_000)}]", "scroll down", f"type [{dice.randint(1, 99)}] price", "back")
    )


def _looked_at(dice: Random, text: str) -> Message:
    if dice.random() < 0.6:
        return user(text)
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{dice.getrandbits(400):x}"}}
    return Message("user", [{"type": "text", "text": text}, picture])


def _beside(run: Run, goal: str, page: str) -> Iterator[Labelled]:
    """What is asked about the page besides the next step, now and then."""
    dice = run.dice
    if dice.random() < 0.25:
        told = "Take from the page what answers the instruction, as JSON, and leave out navigation and advertising."
        fields = as_json({"items": [writing.product(dice)], "complete": dice.random() < 0.5})
        made = [system(told), user(f"Instruction: {goal}\nPage:\n{page}")]
        yield run.call("extract_page", made, fields, agent="agent", response_format={"type": "json_object"})
    if dice.random() < 0.25:
        told = "You find elements of a page. Answer with the ids of those that match the instruction, as a JSON list."
        made = [
            system(told),
            user(f"Instruction: the {dice.choice(_ROLES)} for '{writing.product(dice)}'\nPage:\n{page}"),
        ]
        yield run.call("find_elements", made, as_json([dice.randint(1, 4_000)]), agent="agent")
    if dice.random() < 0.15:
        yield run.call(
            "describe_page", [user(f"{page}\n\nWhat is this page for? One sentence.")], writing.url(dice), agent="agent"
        )
