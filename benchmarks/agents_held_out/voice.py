"""A voice assistant for the home.

Hard because what is said is three to ten words long and the prompt around it is mostly the list of rooms and devices,
which is the household's own, as are the tools that its devices bring with them: no two homes have the same set, and
one task has dozens of them. Domains are tasks where the prompt differs and no tasks where only the words do. Speech
is cleaned first, in half the homes. Slots that are missing are asked for in a further turn. Songs for the night are
rare.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, as_json, asks_tool, assistant, bullets, runs, system, tool, user
from benchmarks.agents.words import split
from slm_instrument.records import Message, ToolSpec

_ROOMS = split("kitchen, hall, bedroom, study, garage, bath, attic, nursery, terrace, cellar", ",")
_DEVICES: dict[str, ToolSpec] = {
    "lamp": tool("set_light", "Light of a room.", room="string", percent="integer"),
    "blind": tool("move_blind", "Open or close a blind.", room="string", open="boolean"),
    "heater": tool("set_heat", "Temperature of a room.", room="string", celsius="number"),
    "speaker": tool("play", "Play music.", room="string", what="string"),
    "door lock": tool("lock", "Lock or unlock.", door="string", locked="boolean"),
    "oven": tool("oven", "Preheat the oven.", celsius="integer"),
    "vacuum": tool("vacuum", "Send the vacuum.", room="string"),
    "camera": tool("camera", "Show a camera.", where="string"),
    "sprinkler": tool("sprinkle", "Water the garden.", minutes="integer"),
}
_WISHES = {
    "home": (
        "turn the {device} in the {room} {on}",
        "make it {n} degrees in the {room}",
        "is the {device} on",
        "{room} {device} {n} percent please",
        "good night",
        "too dark in the {room}",
        "all off but the {room}",
    ),
    "timer": (
        "set a timer for {n} minutes",
        "wake me at {n} past seven on {weekday}",
        "remind {person} of the {thing}",
        "how long is left on the {thing} timer",
        "cancel the alarm for {weekday}",
    ),
    "talk": (
        "what is a {thing}",
        "tell me a joke about a {thing}",
        "who is {person}",
        "how far is {city}",
        "are you cleverer than {person}",
        "what's the weather in {city} on {weekday}",
    ),
    "list": ("put {thing} on the list", "take {device} off the list", "what is on the list for {weekday}"),
}
_FILLERS = ("um", "uh", "hey", "so", "please", "like", "erm", "no wait")


@dataclass(frozen=True, slots=True)
class _Home:
    listed: str
    rooms: tuple[str, ...]
    tools: tuple[ToolSpec, ...]
    cleans: bool


def calls(seed: int = 0, traces: int = 230) -> Iterator[Labelled]:
    homes = [_home(Random(f"voice/{seed}/{number}")) for number in range(30)]
    for run in runs("voice", seed, traces, model="gpt-4.1-nano"):
        dice = run.dice
        home = dice.choice(homes)
        for _ in range(dice.randint(1, 3)):
            (domain,) = dice.choices([*_WISHES], (6, 3, 3, 1))
            yield from _heard(run, home, domain)
        if dice.random() < 0.05:
            request = f"A lullaby of eight lines for {writing.person(dice)} with a {writing.product(dice)} in it."
            yield run.call("write_lullaby", [user(request)], writing.paragraph(dice, writing.topic(dice)))
        if dice.random() < 0.13:
            yield run.one_off()


def _home(dice: Random) -> _Home:
    rooms, devices = writing.some(dice, _ROOMS, 3, 8), writing.some(dice, [*_DEVICES], 3, 8)
    listed = bullets(
        [
            f"{room}: {', '.join(f'{dev} #{dice.randint(10, 99)}' for dev in writing.some(dice, devices, 1, 4))}"
            for room in rooms
        ]
    )
    return _Home(listed, tuple(rooms), tuple(_DEVICES[device] for device in devices), dice.random() < 0.5)


def _wish(dice: Random, home: _Home, domain: str) -> str:
    about = writing.topic(dice)
    return dice.choice(_WISHES[domain]).format(
        device=dice.choice([*_DEVICES]),
        room=dice.choice(home.rooms),
        on=dice.choice(("on", "off")),
        n=dice.randint(1, 59),
        weekday=dice.choice(words.WEEKDAYS),
        person=dice.choice(words.FIRST_NAMES),
        thing=writing.thing(dice, about),
        city=writing.city(dice),
    )


def _heard(run: Run, home: _Home, domain: str) -> Iterator[Labelled]:
    dice = run.dice
    wish = _wish(dice, home, domain)
    if home.cleans:
        raw = " ".join(f"{dice.choice(_FILLERS)} {word}" if dice.random() < 0.2 else word for word in wish.split())
        told = "Clean up what the microphone understood: no fillers, only the last wish if somebody corrects himself."
        yield run.call("clean_speech", [system(told), user(raw)], wish, agent="asr")
    names = dice.sample([*_WISHES], len(_WISHES))
    told = f"Choose who handles what was said: {', '.join(names)}. One word.\nRooms: {', '.join(home.rooms)}"
    yield run.call("route_wish", [system(told), user(wish)], domain, agent="router")
    if domain == "home":
        yield from _obeyed(run, home, wish)
    elif domain == "timer":
        told = (
            f"Now: {run.now:%A %H:%M}. Take timers, alarms and reminders from what is said, as JSON with kind, at, "
            "for, what. Times are local. Unknown is null."
        )
        answer = as_json({"kind": "timer", "at": None, "for": dice.randint(1, 90), "what": None})
        yield run.call("parse_timer", [system(told), user(wish)], answer, agent="timer")
    elif domain == "talk":
        told = f"You are the voice of a home in {writing.city(dice)}. Answer in one or two sentences that sound well."
        spoken = [system(told), *_before(dice, home), user(wish)]
        yield run.call("small_talk", spoken, writing.sentence(dice, writing.topic(dice)), agent="talk")
    else:
        listed = ", ".join(writing.some(dice, words.PRODUCTS, 2, 12))
        told = "Give the new list as JSON, or the old one if it was a question."
        request = f"The shopping list: {listed}\nSaid: {wish}\n{told}"
        yield run.call("edit_list", [user(request)], as_json(listed.split(", ")), agent="talk")


def _before(dice: Random, home: _Home) -> list[Message]:
    if dice.random() < 0.6:
        return []
    return [user(_wish(dice, home, "talk")), assistant(writing.sentence(dice, writing.topic(dice)))]


def _obeyed(run: Run, home: _Home, wish: str) -> Iterator[Labelled]:
    dice = run.dice
    head = (
        "You run a home. Call the tools for what is said; several if need be. Ask back if a room or a value is missing."
        if run.share < 0.6
        else "Control the devices below with the tools. If a slot is missing, ask for it in at most six words."
    )
    messages = [system(f"{head}\n{home.listed}\nTime: {run.now:%H:%M}"), user(wish)]
    if dice.random() < 0.25:
        question = dice.choice(("In which room?", "How much, in percent?", "Which one do you mean?"))
        yield run.call("control_home", messages, question, agent="home", tools=home.tools)
        said = dice.choice((dice.choice(home.rooms), "here", f"{dice.randint(10, 90)}"))
        messages = [*messages, assistant(question), user(said)]
    answer = asks_tool(dice.choice(home.tools).name, {"room": dice.choice(home.rooms)}, "call_1")
    yield run.call("control_home", messages, answer, agent="home", tools=home.tools)
    if dice.random() < 0.5:
        told = f"Said: {wish}\nDone: {answer.tool_calls[0].name} {answer.tool_calls[0].arguments}"
        request = f"{told}\nSay it back to the user in at most {dice.randint(5, 12)} words, without numbers of devices."
        spoken = dice.choice(("Done.", "Done, it is on.", f"The {dice.choice(home.rooms)} is set."))
        yield run.call("speak_result", [user(request)], spoken, agent="home")
