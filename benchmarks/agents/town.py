"""Inhabitants of a simulated town, each step of their minds a call (the family of Generative Agents).

Hard because there is no system prompt, no agent name and no tool: every call is one user message that begins with the
same sketch of a person, which differs from person to person and is as long as all the rest, and ends or begins with
one or two sentences that say what is wanted. Two dozen tasks share it. Some carry examples drawn at random.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, bullets, runs, user

_PLACES = ("bakery", "library", "harbour pub", "town hall", "pharmacy", "school yard", "flower shop", "laundry", "park")
_TRAITS = (
    "shy",
    "stubborn",
    "curious",
    "generous",
    "vain",
    "patient",
    "witty",
    "anxious",
    "loyal",
    "lazy",
    "ambitious",
    "forgetful",
)


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    sketch: str


@dataclass(frozen=True, slots=True)
class _Ask:
    """A task: what is asked, what stands before it besides the sketch, and what the answer is like.

    ``told`` is made of: m(emories), o(ther person), p(lace), d(ialogue), e(xamples), s(tatement), t(imetable).
    """

    task: str
    told: str
    request: str
    answer: str
    often: int = 3
    first: bool = False


_ASKS = (
    _Ask("wake_up_hour", "", "At what hour does {name} get up?\nHour:", "{hour}:00 am"),
    _Ask("day_in_broad_strokes", "e", "Here is {name}'s plan for today in broad strokes: 1)", "get up, 2) {sentence}"),
    _Ask("hourly_activity", "et", "[{date}, {hour}:00] Activity: {name} is", "{activity}", 9),
    _Ask("split_activity", "e", "List, in steps of 5 minutes, what {name} does while: {activity}", "{list}", 6),
    _Ask(
        "rate_event",
        "s",
        "On a scale from 1 (everyday) to 10 (life-changing), how much does this matter to {name}?",
        "{digit}",
        12,
    ),
    _Ask(
        "rate_chat",
        "d",
        "On a scale from 1 (everyday) to 10 (life-changing), how much will {name} remember of this talk?",
        "{digit}",
    ),
    _Ask("emoji", "s", "Convert the action into at most two emoji:", "\U0001f35e\U0001f6b6", 12, True),
    _Ask(
        "event_triple",
        "s",
        "Turn the sentence into (subject, predicate, object):",
        "({name}, is, {activity})",
        12,
        True,
    ),
    _Ask(
        "choose_sector",
        "pe",
        "{name} is going to start {activity}. Pick the one area from the list that fits.\nArea:",
        "{place}",
        6,
    ),
    _Ask(
        "choose_object",
        "p",
        "{name} is going to start {activity}. Pick the most relevant object from the list.\nObject:",
        "{place}",
        6,
    ),
    _Ask("decide_to_talk", "om", "Would {name} start a conversation with {other}? Answer yes or no.", "{yes}", 6),
    _Ask(
        "decide_to_react",
        "omp",
        "Should {name} wait until {other} is done, or go on? Option 1: wait. Option 2: go on.\nAnswer: Option",
        "{digit}",
    ),
    _Ask("next_utterance", "omd", "What does {name} say next? Also say whether that ends the talk.", '"{sentence}"', 9),
    _Ask(
        "summarise_chat",
        "d",
        "Sum up the conversation above in one sentence that starts with: They talked about",
        "{title}",
        4,
    ),
    _Ask("relationship", "om", "Sum up how {name} and {other} feel about each other.", "{sentence}"),
    _Ask(
        "chat_memo",
        "d",
        "Write what {name} found most interesting in this conversation, in a full sentence.",
        "{sentence}",
    ),
    _Ask(
        "chat_plans",
        "d",
        "Is there something that {name} must remember for future plans? Write it in {name}'s words.",
        "{sentence}",
    ),
    _Ask(
        "focal_points",
        "m",
        "Given only the statements above, which 3 questions can we answer about their subjects?",
        "{list}",
        4,
    ),
    _Ask(
        "insights",
        "m",
        "Which 5 insights follow from the statements above? (form: insight (because of 1, 5, 3))",
        "{list}",
        4,
    ),
    _Ask(
        "identity_update",
        "m",
        "It is {date}. Describe {name}'s status now, in the third person, keeping what still holds:",
        "{sentence}",
    ),
    _Ask(
        "object_state",
        "s",
        "One word or phrase: in what state is the {place} while somebody uses it like this?",
        "being used",
        5,
    ),
    _Ask(
        "whisper_to_thought",
        "s",
        "Translate the inner voice above into a statement about {name}'s belief:",
        "{sentence}",
        1,
    ),
)


def calls(seed: int = 0, traces: int = 80) -> Iterator[Labelled]:
    people = _people(Random(f"town/{seed}/people"))
    weights = [ask.often for ask in _ASKS]
    for run in runs("town", seed, traces, model="gpt-3.5-turbo"):
        for ask in run.dice.choices(_ASKS, weights, k=run.dice.randint(15, 30)):
            yield _asked(run, ask, people)
        if run.dice.random() < 0.6:
            yield run.one_off()


def _people(dice: Random) -> list[_Person]:
    people: list[_Person] = []
    for _ in range(25):
        name, about = writing.person(dice), writing.topic(dice)
        sketch = (
            f"Name: {name}\nAge: {dice.randint(17, 81)}\nCharacter: {', '.join(writing.some(dice, _TRAITS, 2, 4))}\n"
            f"Background: {writing.paragraph(dice, about, 2, 4)}\nAt present: {writing.sentence(dice, about)}\n"
            f"Habits: {name} goes to bed around {dice.randint(9, 12)} pm. Home: {dice.choice(_PLACES)} lane"
        )
        people.append(_Person(name, sketch))
    return people


def _asked(run: Run, ask: _Ask, people: list[_Person]) -> Labelled:
    dice = run.dice
    me, other = dice.sample(people, 2)
    slots = {
        "name": me.name,
        "other": other.name,
        "date": writing.day(dice),
        "hour": str(dice.randint(5, 11)),
        "activity": _activity(dice),
        "place": dice.choice(_PLACES),
        "digit": str(dice.randint(1, 9)),
        "yes": writing.decided(other.name, ("yes", "no")),
        "sentence": writing.sentence(dice, writing.topic(dice)),
        "title": writing.title(dice, writing.topic(dice)),
        "list": bullets([_activity(dice) for _ in range(5)], "{n}) "),
    }
    told = [_told(dice, kind, me, other) for kind in ask.told]
    request = ask.request.format(**slots)
    # What needs no person is asked first; the others begin with the sketch.
    parts = [request, *told] if ask.first else [me.sketch, *told, request]
    return run.call(ask.task, [user("\n\n".join(parts))], ask.answer.format(**slots))


def _activity(dice: Random) -> str:
    about = writing.topic(dice)
    doing = dice.choice(("reading about", "repairing", "discussing", "planning", "looking at"))
    return f"{doing} the {writing.thing(dice, about)}"


def _told(dice: Random, kind: str, me: _Person, other: _Person) -> str:
    about = writing.topic(dice)
    if kind == "m":
        return bullets(
            [f"{me.name} {_activity(dice)}. {writing.sentence(dice, about)}" for _ in range(dice.randint(4, 20))],
            "{n}. ",
        )
    if kind == "o":
        return f"{other.name} is {_activity(dice)} at the {dice.choice(_PLACES)}."
    if kind == "p":
        return f"Known places: {{{', '.join(writing.some(dice, _PLACES, 3, 8))}}}"
    if kind == "d":
        speakers = (me.name, other.name)
        return "\n".join(f'{speakers[at % 2]}: "{writing.sentence(dice, about)}"' for at in range(dice.randint(2, 9)))
    if kind == "e":
        return "\n---\n".join(
            f"Example: {writing.person(dice)} is {_activity(dice)}" for _ in range(dice.randint(0, 3))
        )
    if kind == "t":
        return "\n".join(
            f"[{hour}:00] {dice.choice(words.FIRST_NAMES)} is {_activity(dice)}"
            for hour in range(6, dice.randint(7, 20))
        )
    return f"{dice.choice(('Event', 'Statement', 'Action'))}: {me.name} is {_activity(dice)}"
