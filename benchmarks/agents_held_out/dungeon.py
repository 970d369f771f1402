"""A role-playing game with a narrator and figures who speak for themselves.

Hard because every system prompt begins with the lore of the campaign, which is long and one's own in each; a figure's
call is told by a character sheet, different for every figure, and all figures are one task, although the log names the
figure as the agent; the dialogue is shared and its last message is what the player types, never an instruction; a style
note goes in just before it, as a system message in the middle of the dialogue. Two tasks have no system prompt. Rules
are asked for in JSON. Naming is rare.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, as_json, assistant, bullets, runs, system, user
from benchmarks.agents.words import split
from slm_instrument.records import Message

_TRADES = split("smith innkeeper smuggler priest guard herbalist cartographer bard hunter magistrate ferryman beggar")
_MOODS = split("weary proud frightened jovial suspicious grieving greedy loyal")
_DEEDS = (
    "I look behind the {thing}",
    "ask {person} about the {thing}",
    "*draws sword* I attack!",
    "we go to {city} then",
    "I try to persuade {person} to give us the {thing}",
    "continue",
    "I sneak past and steal the {thing}, quietly",
    '"{person}, what happened here?"',
    "search the room",
    "I cast light and walk on towards {city}",
)
_NOTES = (
    "[Style: {mood}, second person, short sentences]",
    "[Author's note: hint at the {thing}. Tone: {mood}.]",
    "[Do not speak for the player. Keep it under {n} words.]",
)


@dataclass(frozen=True, slots=True)
class _World:
    name: str
    lore: str
    figures: tuple[str, ...]


def calls(seed: int = 0, traces: int = 80) -> Iterator[Labelled]:
    worlds = [_world(Random(f"dungeon/{seed}/{number}")) for number in range(9)]
    for run in runs("dungeon", seed, traces, model="mistral-large-2407"):
        dice = run.dice
        world = dice.choice(worlds)
        story: list[Message] = []
        for _ in range(dice.randint(2, 7)):
            yield from _turn(run, world, story)
        yield from _after(run, world, story)
        if dice.random() < 0.4:
            yield run.one_off()


def _world(dice: Random) -> _World:
    about = writing.topic(dice)
    name = f"{dice.choice(words.COMPANY_STEMS)} {dice.choice(('Reach', 'Hollow', 'March', 'Isles'))}"
    lore = f"# {name}\n{writing.document(dice, about, dice.randint(300, 1_500))}"
    return _World(name, lore, tuple(writing.person(dice) for _ in range(dice.randint(3, 6))))


def _turn(run: Run, world: _World, story: list[Message]) -> Iterator[Labelled]:
    dice = run.dice
    about = writing.topic(dice)
    figure = dice.choice(world.figures)
    said = dice.choice(_DEEDS).format(thing=writing.thing(dice, about), person=figure, city=writing.city(dice))
    if dice.random() < 0.4:
        said = f"{said}. {writing.sentence(dice, about)}"
    scene = "\n".join(message.text for message in story[-2:])
    yield _check(run, scene, said)
    spoken = [*story, *_note(dice), user(said)]
    if dice.random() < 0.5:
        sheet = _sheet(dice, figure)
        answer = f'"{writing.sentence(dice, about)}"'
        yield run.call("speak_as_figure", [system(f"{world.lore}\n\n{sheet}"), *spoken], answer, agent=figure)
    else:
        answer = writing.paragraph(dice, about, 2, 5)
        yield run.call("narrate_scene", [system(f"{world.lore}\n\n{_narrator(run)}"), *spoken], answer, agent="gm")
    story += [user(said), assistant(answer)]
    if dice.random() < 0.5:
        told = (
            "You keep the books of the game. From the latest exchange, list what changed: where the party is, what "
            "it carries, who likes it and who does not. JSON with the members place, items, relations. Leave out what "
            "stayed as it was."
        )
        change = as_json({"place": writing.city(dice), "items": [writing.thing(dice, about)], "relations": {}})
        latest = f"State:\n{as_json({'place': writing.city(dice), 'hp': dice.randint(1, 40)})}\n\n{said}\n\n{answer}"
        yield run.call("update_state", [system(f"{world.lore}\n\n{told}"), user(latest)], change, agent="gm")


def _narrator(run: Run) -> str:
    if run.share < 0.6:
        return (
            "You are the game master. Tell the player what they see, hear and smell, and what their deeds lead to. "
            "Never decide for the player. End where they have to choose."
        )
    return (
        "Narrate as the game master of this world. Describe consequences, never the player's own thoughts. Let figures "
        "speak in direct speech. Danger is real: figures may die. End every turn with an open situation."
    )


def _sheet(dice: Random, figure: str) -> str:
    traits = [writing.sentence(dice, writing.topic(dice)) for _ in range(dice.randint(1, 5))]
    return (
        f"You play {figure}, a {dice.choice(_MOODS)} {dice.choice(_TRADES)}. {figure} knows:\n{bullets(traits, '* ')}\n"
        f"Stay in character. Answer with what {figure} says and does, and nothing else."
    )


def _note(dice: Random) -> list[Message]:
    if dice.random() < 0.5:
        return []
    note = dice.choice(_NOTES)
    thing = writing.thing(dice, writing.topic(dice))
    return [system(note.format(mood=dice.choice(_MOODS), thing=thing, n=dice.randint(4, 15) * 10))]


def _check(run: Run, scene: str, said: str) -> Labelled:
    told = (
        "Rules arbiter. Does what the player wants to do need a roll of the dice? Trivial and impossible things do "
        'not. Answer as {"roll": bool, "skill": str or null, "difficulty": 5 to 25 or null}.'
    )
    answer = writing.decided(
        said, ('{"roll":false,"skill":null,"difficulty":null}', '{"roll":true,"skill":"stealth","difficulty":15}')
    )
    messages = [user(f"{told}\n\nScene: {scene or 'the beginning'}\nPlayer: {said}")]
    return run.call("decide_roll", messages, answer, agent="gm", response_format={"type": "json_object"})


def _after(run: Run, world: _World, story: list[Message]) -> Iterator[Labelled]:
    dice = run.dice
    about = writing.topic(dice)
    text = "\n\n".join(message.text for message in story)
    if dice.random() < 0.7:
        prompt = f"{text}\n\n---\nRetell the session above as a recap of at most {dice.randint(5, 20)} sentences."
        yield run.call("recap_session", [user(prompt)], writing.paragraph(dice, about), agent="gm")
    if dice.random() < 0.5:
        told = (
            "You invent hooks for what may happen next. Give three, one sentence each, that follow from an open "
            "thread. Do not solve anything."
        )
        messages = [system(f"{world.lore}\n\n{told}"), *story, user("What next?")]
        yield run.call("invent_hooks", messages, writing.paragraph(dice, about, 3, 3), agent="gm")
    if dice.random() < 0.15:
        request = f"Ten names for a {dice.choice(_TRADES)} in {world.name}, comma separated, none of them modern."
        messages = [system(world.lore), user(request)]
        yield run.call("name_figures", messages, ", ".join(dice.sample(words.FIRST_NAMES, 10)), agent="gm")
