"""A supervisor and its workers for one person's mail, calendar and notes (the family of LangGraph's supervisors).

Hard because workers begin with the same sentence about their owner, whose name, company and working hours differ;
what tools gave comes back as user messages; each worker is called again and again in one growing conversation, which is
one task; the supervisor sees the whole conversation, and got another member at 70 % of the time; sorting mail is most
of the calls, preparing a board meeting a handful. Workers are named in the log, but the sorter as the supervisor.
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
    user,
)
from slm_instrument.records import Message, ToolSpec

_WORKERS: dict[str, tuple[str, tuple[ToolSpec, ...]]] = {
    "mail": (
        "You read and write mail. Find the messages in question, and never send anything that was not agreed on.",
        (
            tool("search_mail", "Search the mail box.", query="string"),
            tool("send_mail", "Send.", to="string", text="string"),
        ),
    ),
    "calendar": (
        "You look after the calendar. Move nothing that has other participants without asking, and mind the time zone.",
        (
            tool("free_slots", "Free times of a day.", day="string"),
            tool("add_event", "Add.", title="string", at="string"),
        ),
    ),
    "notes": (
        "You keep notes. Search before you write, and put what belongs together into one note.",
        (tool("search_notes", "Search the notes.", query="string"), tool("write_note", "Write.", text="string")),
    ),
    "travel": (
        "You book travel. Compare three offers at least and stay within the budget of the company.",
        (
            tool("find_trains", "Connections.", start="string", end="string"),
            tool("book", "Book an offer.", id="string"),
        ),
    ),
}
_FOLDERS = ("urgent", "to answer", "to read", "invoices", "newsletters", "spam")


@dataclass(frozen=True, slots=True)
class _Owner:
    name: str
    company: str
    hours: str

    def head(self) -> str:
        return f"You are part of the office of {self.name}, who works at {self.company} ({self.hours})."


def calls(seed: int = 0, traces: int = 110) -> Iterator[Labelled]:
    owners = [_owner(Random(f"office/{seed}/{number}")) for number in range(3)]
    for run in runs("office", seed, traces, model="gpt-4o"):
        owner = run.dice.choice(owners)
        for _ in range(run.dice.randint(2, 9)):
            yield _sort(run, owner)
        if run.dice.random() < 0.8:
            yield from _request(run, owner)
        if run.dice.random() < 0.4:
            yield _briefing(run, owner)
        if run.dice.random() < 0.45:
            yield run.one_off()


def _owner(dice: Random) -> _Owner:
    start = dice.randint(6, 10)
    return _Owner(writing.person(dice), writing.company(dice), f"{start}:00 to {start + 8}:30, {writing.city(dice)}")


def _mail(dice: Random) -> str:
    about, sender = writing.topic(dice), writing.person(dice)
    return (
        f"From: {sender} <{writing.email(sender, writing.company(dice))}>\nSubject: {writing.title(dice, about)}\n\n"
        f"{writing.document(dice, about, dice.randint(60, 1_500))}\n\n{sender}"
    )


def _sort(run: Run, owner: _Owner) -> Labelled:
    folders = _FOLDERS if run.number % 2 else _FOLDERS[::-1]
    told = (
        f"Put the message into one of these folders: {', '.join(folders)}. Answer with the folder alone. Where two "
        "would do, take the one that is looked at sooner."
    )
    mail = _mail(run.dice)
    if run.share < 0.5:
        messages = [system(f"{owner.head()} {told}"), user(mail)]
    else:
        people = ", ".join(writing.person(run.dice) for _ in range(run.dice.randint(1, 4)))
        messages = [system(f"{told} Mail from these people is always urgent: {people}."), user(mail)]
    return run.call("sort_mail", messages, writing.decided(mail, _FOLDERS), agent="supervisor", model="gpt-4o-mini")


def _request(run: Run, owner: _Owner) -> Iterator[Labelled]:
    dice = run.dice
    members = list(_WORKERS)[: 3 if run.share < 0.7 else 4]
    about = writing.topic(dice)
    heard: list[Message] = [user(f"{writing.question(dice, about)} Please ask {writing.person(dice)} about it.")]
    for _ in range(dice.randint(1, 3)):
        member = dice.choice(members)
        yield _route(run, owner, members, heard, member)
        yield from _work(run, owner, member, heard)
    yield _route(run, owner, members, heard, "FINISH")
    answer = writing.paragraph(dice, about, 1, 3)
    told = f"{owner.head()} The work is done. Tell {owner.name.split()[0]} what came out of it, in plain words."
    yield run.call("answer_owner", [system(told), *heard], answer, agent="supervisor")


def _route(run: Run, owner: _Owner, members: list[str], heard: list[Message], choice: str) -> Labelled:
    told = (
        "You lead a team that works for one person. Read the conversation and name who should act next; each does its "
        "part and reports. Answer FINISH when the request is met, and do not let anybody do the same thing twice.\n"
        f"Team: {', '.join(members)}\nThe request comes from {owner.name}."
    )
    form = json_schema("route", next="string")
    return run.call(
        "route", [system(told), *heard], as_json({"next": choice}), agent="supervisor", response_format=form
    )


def _work(run: Run, owner: _Owner, member: str, heard: list[Message]) -> Iterator[Labelled]:
    dice = run.dice
    about = writing.topic(dice)
    told, tools = _WORKERS[member]
    prompt = system(f"{owner.head()} {told} Today is {run.today}.")
    for turn in range(dice.randint(1, 4)):
        used = dice.choice(tools)
        given = {name: writing.thing(dice, about) for name in (used.parameters or {})["properties"]}
        answer = asks_tool(used.name, given, f"call_{turn}")
        yield run.call(f"{member}_worker", [prompt, *heard], answer, agent=member, tools=tools)
        found = bullets([writing.sentence(dice, about) for _ in range(dice.randint(1, 8))])
        # The gateway in front of the model knows no tool messages: results are told by the user.
        heard += [assistant(f"I call {used.name}."), user(f"Result of {used.name}:\n{found}")]
    report = writing.paragraph(dice, about, 1, 2)
    yield run.call(f"{member}_worker", [prompt, *heard], report, agent=member, tools=tools)
    heard.append(assistant(report, member))


def _briefing(run: Run, owner: _Owner) -> Labelled:
    dice = run.dice
    events = bullets(
        [f"{hour}:00 {writing.title(dice, writing.topic(dice))}" for hour in range(9, dice.randint(10, 18))]
    )
    if dice.random() < 0.2:
        told = f"{owner.head()} A meeting of the board is near. Write a paper of two pages for it from the notes."
        paper = writing.document(dice, words.TOPICS[0], 1_500)
        return run.call("prepare_board", [system(told), user(events)], paper, agent="notes")
    told = (
        f"{owner.head()} Write the briefing for the morning of {run.now:%A, %d %B}: what matters today, in five lines."
    )
    return run.call(
        "morning_briefing", [system(told), user(events)], writing.sentence(dice, words.TOPICS[0]), agent="calendar"
    )
