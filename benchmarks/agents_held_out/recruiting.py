"""Applications for jobs read, scored and answered for many employers.

Hard because résumés and advertisements of jobs are nearly all of every prompt, repeat in a run and are full of headings
themselves; what is wanted is in the system prompt for some tasks, before or after the documents for the others; the
criterion to score is a slot; examples of scores are alternating turns, some in the log's second half. The agent's name
is that of the first step for all of them, by mistake. Letters that invite and that decline have one frame. Corrections
of job advertisements are rare.
"""

from collections.abc import Iterator
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, as_json, bullets, json_schema, runs, system, user
from benchmarks.agents.words import split
from benchmarks.agents_held_out.layout import turns

_EDUCATION = words.TOPICS[6]
_ROLES = split("data engineer, nurse, accountant, site manager, teacher, buyer, lawyer, chef, planner, driver", ",")
_CRITERIA = split(
    "years of experience, leadership, languages, formal education, knowledge of the trade, stability, writing, "
    "closeness to the place of work",
    ",",
)
_RESUME = json_schema("resume", name="string", positions="array", education="array", languages="array")
_SCORE = (
    "You score applications for {company}, one criterion at a time, from 0 to 5. You see a résumé and a job. Judge "
    "from what is written; gaps are no fault; names, age, origin and family are to be ignored. Answer with the number, "
    "a colon and a reason of at most twenty words.\nCriterion: {criterion}."
)
_PARSE = (
    "Read a résumé and put it into the given form. Dates as YYYY-MM. Where the résumé says nothing, use null. Do not "
    "translate titles."
)


def calls(seed: int = 0, traces: int = 110) -> Iterator[Labelled]:
    for run in runs("recruiting", seed, traces, model="gpt-4o-mini"):
        dice = run.dice
        company, role = writing.company(dice), dice.choice(_ROLES)
        job = _job(dice, company, role)
        if dice.random() < 0.06:
            text = f"{job}\n\nDoes this advertisement shut anybody out? Name the words and better ones."
            yield run.call("correct_advert", [user(text)], writing.sentence(dice, _EDUCATION), agent="parser")
        names = [writing.person(dice) for _ in range(dice.randint(1, 3))]
        resumes = [_resume(dice, name) for name in names]
        for name, resume in zip(names, resumes, strict=True):
            yield from _candidate(run, company, job, name, resume)
        if len(resumes) > 1 and dice.random() < 0.6:
            yield _compared(run, job, resumes)
        if dice.random() < 0.25:
            yield run.one_off()


def _job(dice: Random, company: str, role: str) -> str:
    about = writing.topic(dice)
    wants = bullets([writing.sentence(dice, about) for _ in range(dice.randint(2, 6))], dice.choice(("- ", "• ", "* ")))
    hours = dice.choice(("f/m/d", "full time", "part time"))
    return f"{role.title()} ({hours}), {company}, {writing.city(dice)}\n\n{wants}"


def _resume(dice: Random, name: str) -> str:
    about = writing.topic(dice)
    posts = [
        f"{dice.randint(1, 12)}/{dice.randint(2001, 2025)} {dice.choice(_ROLES)}, {writing.company(dice)}\n"
        f"{writing.paragraph(dice, about, 1, 3)}"
        for _ in range(dice.randint(1, 5))
    ]
    blocks = [
        "\n".join([dice.choice(("EXPERIENCE", "Work", "## Employment")), *posts]),
        f"{dice.choice(('EDUCATION', 'Schools', '## Studies'))}\n{writing.title(dice, _EDUCATION)}",
        f"Languages: {', '.join(writing.some(dice, words.LANGUAGES, 1, 4))}",
    ]
    return f"{name}\n{writing.email(name, 'post')}\n\n" + "\n\n".join(dice.sample(blocks, len(blocks)))


def _candidate(run: Run, company: str, job: str, name: str, resume: str) -> Iterator[Labelled]:
    dice = run.dice
    parsed = as_json({"name": name, "positions": [], "education": [], "languages": []})
    yield run.call("parse_resume", [system(_PARSE), user(resume)], parsed, agent="parser", response_format=_RESUME)
    total = 0
    for criterion in writing.some(dice, _CRITERIA, 1, 4):
        points = dice.randint(0, 5)
        total += points
        yield _scored(run, company, criterion, f"{job}\n\n---\n\n{resume}", points)
    if dice.random() < 0.4:
        request = f"Remove everything from which one could tell who this is, and put [..] in its place.\n\n{resume}"
        yield run.call("blind_resume", [user(request)], resume.replace(name, "[..]"), agent="parser")
    if dice.random() < 0.5:
        text = (
            f"JOB\n{job}\n\nRÉSUMÉ\n{resume}\n\nWrite {dice.randint(3, 8)} questions for the interview that this "
            "résumé raises and others would not. None that can be answered with yes."
        )
        yield run.call("draft_questions", [user(text)], writing.question(dice, _EDUCATION), agent="parser")
    yield _letter(run, company, job, name, welcome=total > 6)


def _scored(run: Run, company: str, criterion: str, given: str, points: int) -> Labelled:
    dice = run.dice
    shots = dice.choice((0, 1, 2)) if run.share > 0.5 else 0
    shown = turns(
        (
            f"{_job(dice, writing.company(dice), dice.choice(_ROLES))}\n\n---\n\n{_resume(dice, writing.person(dice))}",
            f"{dice.randint(0, 5)}: {writing.sentence(dice, _EDUCATION)}",
        )
        for _ in range(shots)
    )
    prompt = system(_SCORE.format(company=company, criterion=criterion))
    answer = f"{points}: {writing.sentence(dice, _EDUCATION)}"
    return run.call("score_criterion", [prompt, *shown, user(given)], answer, agent="parser")


def _letter(run: Run, company: str, job: str, name: str, *, welcome: bool) -> Labelled:
    dice = run.dice
    what = (
        "Invite them to talk: who will be there, how long it takes, what to bring. Promise nothing."
        if welcome
        else "Turn them down, kindly and for good. No reasons that could be held against us, no advice."
    )
    tone = dice.choice(("friendly", "formal", "young", "public"))
    prompt = f"You write letters for {company}, in the tone of a house that is {tone}. Write to {name}. {what}"
    when = f"Suggested day: {writing.day(dice)}" if welcome else f"Received on: {writing.day(dice)}"
    task = "invite_candidate" if welcome else "decline_candidate"
    messages = [system(prompt), user(f"{when}\n{job}")]
    return run.call(task, messages, writing.paragraph(dice, _EDUCATION, 2, 4), agent="parser")


def _compared(run: Run, job: str, resumes: list[str]) -> Labelled:
    told = "Two candidates or more and one job. Who should be talked to first? Give an order and a reason each."
    given = "\n\n=====\n\n".join([job, *resumes])
    return run.call(
        "order_candidates", [system(told), user(given)], writing.paragraph(run.dice, _EDUCATION, 2, 3), agent="parser"
    )
