"""Documents turned into records by a pipeline without any agent.

Hard because there is no system prompt; the instruction is short and the document up to eight kilobytes; the same words
("Read the document and fill in the form.") are asked with different response formats, which alone make them different
tasks, while one of them was asked in prose with the schema shown before it had a response format. Documents repeat over
the calls of a run. A validation error is sent back as a further message; repairing broken JSON is a task of its own.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, as_json, assistant, bullets, json_schema, runs, user

_FORMS: dict[str, dict[str, Any]] = {
    "invoice": json_schema("invoice", number="string", date="string", seller="string", total="number", lines="array"),
    "application": json_schema("candidate", name="string", email="string", years="integer", skills="array"),
    "contract": json_schema("contract", parties="array", start="string", months="integer", notice="string"),
    "report": json_schema("incident", place="string", date="string", damage="number", injured="integer"),
}
_KINDS = (*_FORMS, "letter", "advertisement")
_FILL_IN = "Read the document and fill in the form."


def calls(seed: int = 0, traces: int = 220) -> Iterator[Labelled]:
    for run in runs("extraction", seed, traces, model="gpt-4o-2024-11-20"):
        kind = run.dice.choices(_KINDS, (8, 5, 4, 1, 2, 1))[0]
        text, fields = _DOCUMENTS[kind](run.dice)
        yield run.call("classify_document", [user(_classify(run, text))], kind)
        if kind in _FORMS:
            yield from _filled_in(run, kind, text, fields)
        yield from _others(run, text, fields)
        if run.dice.random() < 0.15:
            yield run.one_off()


def _classify(run: Run, text: str) -> str:
    kinds = run.dice.sample(_KINDS, len(_KINDS))
    if run.share < 0.3:
        return f"{text}\n\nIs this {', '.join(kinds)} or something else? One word."
    choice = f"What kind of document is this? Choose one of: {' | '.join(kinds)} | unknown"
    return f"{choice}\n\n<document>\n{text}\n</document>"


def _filled_in(run: Run, kind: str, text: str, fields: dict[str, Any]) -> Iterator[Labelled]:
    task = f"extract_{kind}"
    if kind == "contract" and run.share < 0.5:
        schema = bullets([f"{name}: {type(value).__name__}" for name, value in fields.items()])
        prompt = f"{text}\n\nGive me these fields of the contract above as one JSON object:\n{schema}"
        messages, form = [user(prompt)], {"type": "json_object"}
    else:
        messages, form = [user(f"{_FILL_IN}\n\n{text}")], _FORMS[kind]
    call, _ = made = run.call(task, messages, as_json(fields), response_format=form)
    yield made
    if run.dice.random() < 0.1:
        name = run.dice.choice(list(fields))
        complaint = f"1 validation error for {kind}\n{name}\n  Input should be valid [input_value={fields[name]!r}]"
        retry = [*call.messages, assistant(as_json(fields)), user(complaint)]
        yield run.call(task, retry, as_json(fields), response_format=form)


def _others(run: Run, text: str, fields: dict[str, Any]) -> Iterator[Labelled]:
    dice = run.dice
    if dice.random() < 0.5:
        prompt = f"In which language is this text written? Answer with the ISO code.\n\n{text[: dice.randint(80, 400)]}"
        yield run.call("detect_language", [user(prompt)], dice.choice(("en", "en", "de")))
    if dice.random() < 0.4:
        prompt = f"{text}\n\nList all names of people in the text above, one on each line."
        yield run.call("list_people", [user(prompt)], fields.get("name", writing.person(dice)))
    if dice.random() < 0.2:
        broken = as_json(fields)[: dice.randint(10, 60)]
        prompt = f"This JSON does not parse. Return it repaired, without any other change.\n{broken}"
        yield run.call("repair_json", [user(prompt)], as_json(fields), response_format={"type": "json_object"})
    if dice.random() < 0.35:
        one, two = writing.company(dice), writing.company(dice)
        prompt = f"Are these the same company?\nA: {one}, {writing.city(dice)}\nB: {two}, {writing.city(dice)}\nyes/no:"
        yield run.call("match_companies", [user(prompt)], "no")
    if dice.random() < 0.06:
        prompt = f"{text}\n\nBlack out all personal data in the text above: replace each by [REDACTED]."
        yield run.call("black_out", [user(prompt)], text[:200])


def _invoice(dice: Random) -> tuple[str, dict[str, Any]]:
    seller, number, date, total = (
        writing.company(dice),
        writing.code_of(dice, "INV"),
        writing.day(dice),
        writing.money(dice),
    )
    lines = [
        f"{dice.randint(1, 40)} x {writing.product(dice)} {writing.money(dice)}" for _ in range(dice.randint(1, 40))
    ]
    heads = (f"INVOICE {number}\n{seller}, {writing.city(dice)}\n{date}", f"{seller}\nInvoice no. {number} of {date}")
    text = f"{dice.choice(heads)}\nTo: {writing.person(dice)}, {writing.company(dice)}\n\n" + "\n".join(lines)
    text += f"\n\nTotal {total}\n{writing.paragraph(dice, words.TOPICS[0], 1, 3)}"
    return text, {"number": number, "date": date, "seller": seller, "total": total, "lines": lines[:3]}


def _application(dice: Random) -> tuple[str, dict[str, Any]]:
    name, skills = writing.person(dice), writing.some(dice, words.TOPICS[2].nouns, 3, 8)
    address = writing.email(name, writing.company(dice))
    posts = "\n\n".join(
        f"{year}-{year + 2} {writing.company(dice)}\n{writing.paragraph(dice, writing.topic(dice), 1, 6)}"
        for year in range(2024, 2024 - 2 * dice.randint(1, 7), -2)
    )
    text = f"{name}\n{address} | {writing.city(dice)}\n\nEXPERIENCE\n{posts}\n\nSKILLS\n{bullets(skills, '* ')}"
    return text, {"name": name, "email": address, "years": dice.randint(1, 30), "skills": skills}


def _contract(dice: Random) -> tuple[str, dict[str, Any]]:
    parties, start = [writing.company(dice), writing.company(dice)], writing.day(dice)
    clauses = bullets([writing.paragraph(dice, words.TOPICS[5], 1, 4) for _ in range(dice.randint(4, 30))], "§ {n} ")
    text = f"AGREEMENT between {parties[0]} and {parties[1]}\nin force from {start}\n\n{clauses}"
    return text, {"parties": parties, "start": start, "months": dice.randint(1, 60), "notice": "three months"}


def _report(dice: Random) -> tuple[str, dict[str, Any]]:
    place, date = writing.city(dice), writing.day(dice)
    text = f"Incident at {place}, {date}\n\n{writing.document(dice, words.TOPICS[4], dice.randint(400, 7_000))}"
    return text, {"place": place, "date": date, "damage": dice.randint(100, 90_000), "injured": dice.randint(0, 4)}


def _letter(dice: Random) -> tuple[str, dict[str, Any]]:
    name, about = writing.person(dice), writing.topic(dice)
    return (
        f"Dear {name},\n\n{writing.document(dice, about, dice.randint(600, 5_000))}\n\nYours\n{writing.person(dice)}",
        {"name": name},
    )


_DOCUMENTS: dict[str, Callable[[Random], tuple[str, dict[str, Any]]]] = {
    "invoice": _invoice,
    "application": _application,
    "contract": _contract,
    "report": _report,
    "letter": _letter,
    "advertisement": _letter,
}
