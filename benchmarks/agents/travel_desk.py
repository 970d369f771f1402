"""A booking agent with tools, tried out on simulated travellers (the family of tau-bench and customer simulators).

Few tasks, long dialogues: the agent and the simulated traveller see the same conversation with the roles swapped; the
agent's policy is four kilobytes and names the date; the traveller's prompt ends in a persona of its own every time. One
tool was renamed and one added; in a fifth of the runs the tools are not passed but described in the policy. Whether the
policy was kept is judged at the end; the sheet of mistakes is filled in for a few runs only.
"""

from collections.abc import Iterator
from random import Random

from benchmarks.agents import words, writing
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
from slm_instrument.records import Message, ToolSpec

_TOOLS = (
    tool("get_booking", "A booking with its passengers.", booking_id="string"),
    tool("find_flights", "Flights between two cities on a day.", origin="string", destination="string", day="string"),
    tool("change_flights", "Put a booking on other flights.", booking_id="string", flights="array"),
    tool("cancel_booking", "Cancel a booking.", booking_id="string", reason="string"),
    tool("compute", "Value of an arithmetic expression.", expression="string"),
)
_RENAMED = (*_TOOLS[:1], tool("search_flights", "Flights.", start="string", end="string", day="string"), *_TOOLS[2:])
_ADDED = tool("add_bags", "Add luggage to a booking.", booking_id="string", bags="integer")
_MOODS = ("impatient", "polite", "chatty", "suspicious", "in a hurry", "confused by details")


def calls(seed: int = 0, traces: int = 90) -> Iterator[Labelled]:
    policy = _policy(Random(f"travel_desk/{seed}/policy"))
    for run in runs("travel_desk", seed, traces, model="gpt-4o"):
        dice = run.dice
        tools = _TOOLS if run.share < 0.4 else (*_RENAMED, _ADDED)
        dialogue: list[Message] = []
        yield from _talk(run, f"{policy}\n\nThe time is {run.today} 15:00 EST.", tools, dialogue)
        text = "\n".join(f"{message.role}: {message.text}" for message in dialogue if message.text)
        told = system(f"You check whether an agent kept to its policy. Answer KEPT or BROKEN.\n\n{policy}")
        yield run.call("check_policy", [told, user(text)], writing.decided(text, ("KEPT", "BROKEN")))
        if dice.random() < 0.15:
            ask = f"{text}\n\nWhich mistake was made, by whom, in which turn? JSON with fault, author, turn."
            sheet = as_json(
                {"fault": writing.sentence(dice, words.TOPICS[3]), "author": "agent", "turn": dice.randint(1, 9)}
            )
            yield run.call("file_mistake", [user(ask)], sheet, response_format={"type": "json_object"})
        if dice.random() < 0.4:
            yield run.one_off()


def _policy(dice: Random) -> str:
    chapters = "\n\n".join(
        f"## {chapter}\n{bullets([writing.sentence(dice, words.TOPICS[3]) for _ in range(dice.randint(4, 9))])}"
        for chapter in ("Booking", "Changes", "Cancelling", "Compensation")
    )
    told = "You help travellers to book, change and cancel. Ask for a yes before any change."
    return f"# Policy of the booking agent\n{told}\n\n{chapters}"


def _talk(run: Run, policy: str, tools: tuple[ToolSpec, ...], dialogue: list[Message]) -> Iterator[Labelled]:
    """The dialogue from the agent's side; the traveller sees it with the roles swapped and without tools."""
    dice = run.dice
    passed = dice.random() < 0.8
    if not passed:
        policy += "\n\nTools:\n" + "\n".join(f"{each.name}: {each.description}" for each in tools)
    given = tools if passed else ()
    traveller = system(_persona(dice))
    for _ in range(dice.randint(3, 9)):
        said = _tells(dice) if dialogue else f"Hi, it's about {writing.code_of(dice, 'BK')}."
        yield run.call("play_traveller", [traveller, *_swapped(dialogue)], said, model="gpt-4o-mini")
        dialogue.append(user(said))
        while dice.random() < 0.45:
            used = dice.choice(tools)
            values = {name: writing.city(dice) for name in (used.parameters or {})["properties"]}
            answer = asks_tool(used.name, values, f"call_{len(dialogue)}")
            yield run.call("serve_traveller", [system(policy), *dialogue], answer, tools=given)
            flights = [{"flight": writing.code_of(dice, "HAT", 3), "price": dice.randint(40, 900)} for _ in range(3)]
            dialogue += [answer, tool_result(answer, as_json(flights))]
        reply = writing.paragraph(dice, words.TOPICS[3], 1, 3)
        yield run.call("serve_traveller", [system(policy), *dialogue], reply, tools=given)
        dialogue.append(assistant(reply))


def _tells(dice: Random) -> str:
    return dice.choice((writing.sentence, writing.question))(dice, words.TOPICS[3])


def _persona(dice: Random) -> str:
    about = words.TOPICS[3]
    return (
        "You play a traveller who talks to a booking agent.\nRules:\n- Write one line at a time, as a traveller "
        "would.\n- Do not give away everything at once.\n- Invent nothing that is not said below.\n- When your wish "
        f"is met, write ###STOP###.\n\nYou are {writing.person(dice)} from {writing.city(dice)}, "
        f"{dice.choice(_MOODS)}. {writing.paragraph(dice, about, 2, 4)} Your booking is {writing.code_of(dice, 'BK')}."
    )


def _swapped(dialogue: list[Message]) -> list[Message]:
    opening = [user("Hi! How can I help you today?")]
    return opening + [
        Message("assistant" if message.role == "user" else "user", message.text)
        for message in dialogue
        if message.role != "tool" and message.text
    ]
