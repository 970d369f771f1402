"""A tutor for school pupils: exercises, hints, marks, feedback.

Hard because the system prompt is one form for everything, with pupil, grade, syllabus and rules, and a line in its
middle that names the mode, reworded once; hints, explanations and small talk go on in one dialogue, whose last message
is the pupil's and may be "?" or "idk"; the marking scheme differs per exercise. Whether to change the mode is asked
with the dialogue as text. Half the pupils write in German. Reports to parents are rare.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, as_json, assistant, bullets, runs, system, user
from benchmarks.agents.words import Topic, split
from slm_instrument.records import Message

_SUBJECTS = split("physics, biology, history, geography, economics, literature, chemistry, civics", ",")
_MODES = {
    "give_hint": ("HINT: one hint that does not give the answer away", "Help with the smallest hint that can help."),
    "explain_concept": ("EXPLAIN: explain what the exercise is about", "Explain the idea behind the exercise."),
    "mark_answer": ("MARK: points by the scheme, as JSON", "Mark the answer by the scheme. Only JSON."),
    "give_feedback": ("FEEDBACK: what was good, what to do next", "Tell the pupil what went well and what comes next."),
}
_RULES = (
    "Short sentences.",
    "Never say that something is easy.",
    "Ask back before you explain.",
    "No emoji below grade {n}.",
    "Praise effort, not talent.",
    "Use examples from {city}.",
    "Formulas in LaTeX.",
    "Speak of the exercise only.",
    "Do not do homework.",
)
_SHORT = ("?", "idk", "why", "ok", "i still dont get it", "can you just tell me", "is it {n}", "hmm {n} maybe", "ja")


@dataclass(frozen=True, slots=True)
class _Lesson:
    pupil: str
    subject: str
    about: Topic
    head: str
    rules: str
    exercise: str
    language: str


def calls(seed: int = 0, traces: int = 110) -> Iterator[Labelled]:
    for run in runs("tutor", seed, traces, model="gemini-1.5-flash"):
        dice = run.dice
        lesson = _lesson(run)
        told = (
            f"Write one exercise in {lesson.subject} for grade {dice.randint(5, 12)} on: "
            f"{writing.thing(dice, lesson.about)}. With a scheme of {dice.randint(3, 10)} points. "
            "JSON: exercise, scheme."
        )
        made = as_json({"exercise": lesson.exercise, "scheme": []})
        yield run.call("write_exercise", [system(lesson.head), user(told)], made, agent="author")
        dialogue: list[Message] = [assistant(lesson.exercise)]
        yield from _helped(run, lesson, dialogue)
        yield from _marked(run, lesson, dialogue)
        if dice.random() < 0.07:
            text = f"{lesson.pupil} worked for {dice.randint(5, 90)} minutes. {writing.paragraph(dice, lesson.about)}"
            request = f"{text}\n\nWrite the parents three honest sentences."
            yield run.call(
                "report_parents",
                [system(lesson.head), user(request)],
                writing.paragraph(dice, lesson.about, 3, 3),
                agent="tutor",
            )
        if dice.random() < 0.25:
            yield run.one_off()


def _lesson(run: Run) -> _Lesson:
    dice, about = run.dice, writing.topic(run.dice)
    pupil, subject = dice.choice(words.FIRST_NAMES), dice.choice(_SUBJECTS)
    syllabus = ", ".join(writing.some(dice, about.nouns, 3, 8))
    kind = dice.choice(("shy", "quick", "easily bored", "new in the class", "preparing for an exam"))
    head = (
        f"You are Ada, a patient tutor for {subject}. Pupil: {pupil}, grade {dice.randint(5, 12)}, {kind}. Syllabus: "
        f"{syllabus}."
    )
    rules = bullets(
        [rule.format(n=dice.randint(5, 9), city=writing.city(dice)) for rule in writing.some(dice, _RULES, 3, 6)]
    )
    language = dice.choice(("en", "de"))
    exercise = f"{writing.paragraph(dice, about, 1, 3)} {writing.question(dice, about)}"
    return _Lesson(pupil, subject, about, head, rules, exercise, language)


def _prompt(run: Run, lesson: _Lesson, task: str, more: str = "") -> Message:
    old, new = _MODES[task]
    mode = f"Current mode: {old}." if run.share < 0.6 else f"What you do now: {new}"
    known = f"\nWhat {lesson.pupil} finds hard: {writing.thing(run.dice, lesson.about)}." if run.number % 3 else ""
    return system(f"{lesson.head}\n{mode}\nRules:\n{lesson.rules}{known}\nExercise: {lesson.exercise}{more}")


def _said(dice: Random, lesson: _Lesson) -> str:
    if dice.random() < 0.4:
        return dice.choice(_SHORT).format(n=dice.randint(2, 500))
    if lesson.language == "de":
        return writing.foreign(dice, "de", 1, 2)
    return dice.choice((writing.sentence, writing.question))(dice, lesson.about)


def _helped(run: Run, lesson: _Lesson, dialogue: list[Message]) -> Iterator[Labelled]:
    dice = run.dice
    for _ in range(dice.randint(1, 5)):
        dialogue.append(user(_said(dice, lesson)))
        if dice.random() < 0.5:
            spoken = "\n".join(f"{message.role}: {message.text}" for message in dialogue[-6:])
            told = (
                "A tutor and a pupil talk. Does the pupil need a hint, an explanation, or is this an answer to be "
                f"marked? One word: hint, explain or mark.\n\n{spoken}"
            )
            yield run.call("choose_mode", [user(told)], dice.choice(("hint", "explain", "mark")), agent="tutor")
        task = dice.choice(("give_hint", "give_hint", "explain_concept"))
        answer = writing.paragraph(dice, lesson.about, 1, 2 if task == "give_hint" else 5)
        yield run.call(task, [_prompt(run, lesson, task), *dialogue], answer, agent="tutor")
        dialogue.append(assistant(answer))


def _marked(run: Run, lesson: _Lesson, dialogue: list[Message]) -> Iterator[Labelled]:
    dice = run.dice
    answer = writing.paragraph(dice, lesson.about, 1, 4)
    if lesson.language == "de":
        answer = writing.foreign(dice, "de", 1, 4)
    dialogue.append(user(answer))
    scheme = "\nScheme:\n" + bullets(
        [f"{dice.randint(1, 3)} P. {writing.sentence(dice, lesson.about)}" for _ in range(dice.randint(2, 5))]
    )
    points = as_json({"points": dice.randint(0, 9), "missing": [writing.thing(dice, lesson.about)]})
    prompt = _prompt(run, lesson, "mark_answer", scheme)
    yield run.call("mark_answer", [prompt, user(answer)], points, agent="tutor")
    if dice.random() < 0.8:
        result = user(f"(Result: {points})")
        prompt = _prompt(run, lesson, "give_feedback")
        answer = writing.paragraph(dice, lesson.about, 2, 3)
        yield run.call("give_feedback", [prompt, *dialogue, result], answer, agent="tutor")
