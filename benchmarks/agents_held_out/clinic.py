"""The form before a doctor's appointment, filled in while talking with the patient.

Hard because one system prompt, with the practice's name, hours and departments, serves the dialogue, the form and the
score, and the last message is the patient's in all three (or, later in time, that a section was saved): which of them
is meant shows in the tools offered, and for the score in the response format. The tool that fills in a section has that
section's own fields, so the schema differs from call to call within one task. A third of the patients write in other
languages. Letters of referral are rare.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import (
    Labelled,
    Run,
    as_json,
    asks_tool,
    assistant,
    bullets,
    json_schema,
    runs,
    system,
    tool,
    tool_result,
    user,
)
from benchmarks.agents.words import split
from slm_instrument.records import Message

_HEALTH = words.TOPICS[1]
_DEPARTMENTS = split("general, skin, heart, children, eyes, bones, allergy, travel medicine, women, teeth", ",")
_COMPLAINTS = split(
    "a cough, pain in the left knee, a rash on both arms, headaches, a swollen ankle, dizziness, a sore throat, "
    "trouble sleeping, back pain, a fever, itching eyes, stomach cramps",
    ",",
)
_SECTIONS: dict[str, tuple[str, ...]] = {
    "complaint": split("what since worse_when severity"),
    "medication": split("name dose times_a_day"),
    "history": split("illness year operated"),
    "allergies": split("substance reaction"),
    "habits": split("smokes drinks sport"),
    "family": split("relative illness age"),
}
_SCORE = json_schema("score", level="integer", department="string", red_flags="array", reason="string")
_ASK = tool("ask_patient", "Ask the patient one question.", question="string", about="string")
_CALL_STAFF = tool("call_staff", "Get a nurse at once.", why="string")
_ASK_PICTURE = tool("ask_picture", "Ask for a photo of the skin or of a package.", of="string")


@dataclass(frozen=True, slots=True)
class _Practice:
    name: str
    prompt: str


def calls(seed: int = 0, traces: int = 120) -> Iterator[Labelled]:
    practices = [_practice(Random(f"clinic/{seed}/{number}")) for number in range(14)]
    for run in runs("clinic", seed, traces, model="gpt-4o-2024-11-20"):
        dice = run.dice
        practice = dice.choice(practices)
        prompt = system(f"{practice.prompt}\nDate: {run.today}. Patient: {writing.code_of(dice, 'P')}.")
        language = dice.choice(("en", "en", "en", "en", "de", "fr", "es", "pl"))
        dialogue = [user(_told(dice, language))]
        yield from _interview(run, prompt, dialogue, language)
        yield run.call("score_urgency", [prompt, *dialogue], _score(dice), agent="intake", response_format=_SCORE)
        yield from _afterwards(run, practice, dialogue, language)
        if dice.random() < 0.25:
            yield run.one_off()


def _practice(dice: Random) -> _Practice:
    name = f"{dice.choice(words.LAST_NAMES)} & {dice.choice(words.LAST_NAMES)}"
    first, last = dice.sample(words.WEEKDAYS, 2)
    hours = f"Open {first} to {last}, {dice.randint(7, 9)}-{dice.randint(15, 19)}h"
    rules = writing.some(
        dice,
        (
            "Never name a diagnosis.",
            "Chest pain, trouble breathing and thoughts of suicide go to staff at once.",
            "Ask one thing at a time.",
            "Speak to children through their parents.",
            "Use the patient's language.",
            f"Prescriptions are renewed on {dice.choice(words.WEEKDAYS)} only.",
            "Do not repeat what the patient said.",
        ),
        4,
        6,
    )
    prompt = (
        f"You are the intake assistant of the practice {name} in {writing.city(dice)}. {hours}. Departments: "
        f"{', '.join(writing.some(dice, _DEPARTMENTS, 3, 8))}. You prepare appointments so that the doctor has what "
        f"she needs.\n{bullets(rules)}"
    )
    return _Practice(name, prompt)


def _told(dice: Random, language: str) -> str:
    if language != "en":
        return writing.foreign(dice, language)
    complaint = dice.choice(_COMPLAINTS)
    first = dice.choice(
        (
            f"I have had {complaint} for {dice.randint(2, 30)} days now.",
            f"my son ({dice.randint(1, 15)}) has {complaint}",
            f"It's {complaint} again, {dice.choice(words.FIRST_NAMES)} saw me last year",
            f"{complaint}, about {dice.randint(2, 9)} out of 10",
            f"I take {dice.randint(5, 400)} mg since {dice.choice(words.MONTHS)}",
            "no",
            "yes, both",
        )
    )
    return f"{first} {writing.sentence(dice, _HEALTH)}" if dice.random() < 0.5 else first


def _interview(run: Run, prompt: Message, dialogue: list[Message], language: str) -> Iterator[Labelled]:
    """Questions, and after some answers a section of the form; the same dialogue is sent for both."""
    dice = run.dice
    asking = (_ASK, _CALL_STAFF) if run.share < 0.55 else (_ASK, _CALL_STAFF, _ASK_PICTURE)
    for turn in range(dice.randint(2, 6)):
        question = writing.question(dice, _HEALTH)
        answer = asks_tool("ask_patient", {"question": question, "about": "complaint"}, f"call_{turn}")
        yield run.call("ask_next", [prompt, *dialogue], answer, agent="intake", tools=asking)
        dialogue += [assistant(question), user(_told(dice, language))]
        if dice.random() < 0.6:
            section = dice.choice([*_SECTIONS])
            filling = tool("fill_in", f"Fill in the section {section}.", **dict.fromkeys(_SECTIONS[section], "string"))
            filled = {field: writing.thing(dice, _HEALTH) for field in _SECTIONS[section]}
            answer = asks_tool("fill_in", filled, f"fill_{turn}")
            yield run.call("fill_section", [prompt, *dialogue], answer, agent="intake", tools=[filling])
            if run.share > 0.5:
                dialogue += [answer, tool_result(answer, "saved")]


def _score(dice: Random) -> str:
    level = dice.randint(1, 5)
    return as_json({"level": level, "department": dice.choice(_DEPARTMENTS), "red_flags": [], "reason": "as told"})


def _afterwards(run: Run, practice: _Practice, dialogue: list[Message], language: str) -> Iterator[Labelled]:
    dice = run.dice
    spoken = [said for said in dialogue if said.text and said.role != "tool"]
    text = "\n".join(f"{'Patient' if said.role == 'user' else 'Intake'}: {said.text}" for said in spoken)
    if language != "en":
        told = "Translate the conversation into English for the doctor. Keep the patient's own words for symptoms."
        yield run.call("translate_talk", [system(told), user(text)], writing.paragraph(dice, _HEALTH), agent="intake")
    if dice.random() < 0.7:
        told = (
            f"You write for the doctors of {practice.name}. Make a summary of the conversation in the order reason, "
            "course, medication, questions. As in a telegram. What was not asked is written as n/a."
        )
        yield run.call("brief_doctor", [system(told), user(text)], writing.paragraph(dice, _HEALTH), agent="summary")
    if dice.random() < 0.5:
        told = "Give the codes of ICD-10 for what the patient complains about, not for what may cause it. JSON list."
        yield run.call("code_complaint", [system(told), user(text)], as_json(["R05"]), agent="summary")
    if dice.random() < 0.08:
        request = f"Write a letter of referral to {writing.person(dice)} from this.\n\n{text}"
        yield run.call("referral_letter", [user(request)], writing.paragraph(dice, _HEALTH), agent="intake")
