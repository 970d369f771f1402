"""Contracts reviewed by a law firm for its clients, in the XML style that some vendors recommend.

Hard because there is no system prompt: one user message holds documents, the client's playbook and the instruction,
each in tags, in an order that changed half way (documents first, then last); the documents are by far the longest part
and repeat in a run; two tasks differ in two sentences; the answer's beginning is put into the assistant's mouth
as a last message, so that the last message is no instruction. Kinds of clauses are slots, not tasks. Letters to the
other side are rare.
"""

from collections.abc import Iterator
from random import Random

from benchmarks.agents import words, writing
from benchmarks.agents.runs import Labelled, Run, as_json, assistant, bullets, runs, user
from benchmarks.agents.words import split
from benchmarks.agents_held_out.layout import shuffled, tagged

_LAW = words.TOPICS[5]
_CLAUSES = split(
    "limitation of liability, term and termination, confidentiality, indemnity, governing law, assignment, audit "
    "rights, data protection, exclusivity, price changes, force majeure, intellectual property",
    ",",
)
_KINDS = ("nda", "services", "licence", "supply", "lease", "employment", "other")
_POSITIONS = (
    "Liability is capped at {n} months of fees.",
    "We accept {n} days of notice at the most.",
    "The law of our seat applies.",
    "No exclusivity, whatever the price.",
    "Audits need {n} days of warning and happen once a year.",
    "Personal data stay in the union.",
    "Assignment within the group is free.",
    "Prices rise by {n} percent at the most.",
    "Penalties are not accepted above {n} thousand.",
)


def calls(seed: int = 0, traces: int = 95) -> Iterator[Labelled]:
    for run in runs("contracts", seed, traces, model="claude-3-5-sonnet-20241022"):
        dice = run.dice
        party, other = writing.company(dice), writing.company(dice)
        contract = _contract(dice, party, other)
        document = tagged("contract", contract, parties=f"{party}; {other}")
        text = (
            f"Say what kind of contract this is. Choose one of: {', '.join(_KINDS)}. If it is a mixture, choose what "
            "most of the money is paid for. Put the kind into <kind> tags."
        )
        yield _asked(run, "classify_contract", [document], text, writing.decided(contract, _KINDS), "<kind>")
        playbook = _playbook(dice, party)
        yield from _clauses(run, document, playbook, party)
        yield from _whole(run, document, playbook, party, other)
        if dice.random() < 0.3:
            yield run.one_off()


def _contract(dice: Random, party: str, other: str) -> str:
    head = f"AGREEMENT of {writing.day(dice)} between {party}, {writing.city(dice)}, and {other}, {writing.city(dice)}"
    clauses = [
        f"{at}. {clause.upper()}\n{at}.1 {writing.paragraph(dice, _LAW, 1, 4)}\n{at}.2 {writing.sentence(dice, _LAW)}"
        for at, clause in enumerate(writing.some(dice, _CLAUSES, 4, 10), 1)
    ]
    return "\n\n".join([head, *clauses])


def _playbook(dice: Random, party: str) -> str:
    positions = [position.format(n=dice.randint(2, 90)) for position in writing.some(dice, _POSITIONS, 3, 8)]
    return tagged("playbook", f"Positions of {party}:\n{bullets(positions)}")


def _asked(run: Run, task: str, given: list[str], request: str, answer: str, begun: str = "") -> Labelled:
    """A call in the layout of its day; what it is to begin with is a message of the assistant."""
    instructions = tagged("instructions", request)
    if run.share < 0.5:
        parts = ["You are helping the lawyers of a firm to review contracts.", instructions, *given]
    else:
        parts = [*given, "You assist counsel. Read what is above with care.", instructions]
    messages = [user("\n\n".join(parts))]
    if begun:
        messages.append(assistant(begun))
    return run.call(task, messages, answer)


def _clauses(run: Run, document: str, playbook: str, party: str) -> Iterator[Labelled]:
    dice = run.dice
    for kind in writing.some(dice, _CLAUSES, 1, 4):
        text = (
            f"Find the clause on {kind}. Copy it word for word, with its number, into <clause> tags. If the contract "
            "has no such clause, leave the tags empty. Do not comment."
        )
        clause = writing.paragraph(dice, _LAW, 1, 3)
        yield _asked(run, "find_clause", [document], text, clause, "<clause>")
        quoted = tagged("clause", clause, kind=kind)
        given = shuffled(dice, [playbook, quoted])
        text = (
            f"Compare the clause with the playbook from the point of view of {party}. For every deviation give the "
            "position it departs from, how grave it is (low, medium, high) and a reason of one sentence, as a JSON "
            "list. An empty list means that the clause can be signed as it is."
        )
        found = as_json([{"position": writing.sentence(dice, _LAW), "grave": "high"}])
        yield _asked(run, "check_clause", given, text, found[1:], "[")
        if dice.random() < 0.5:
            text = (
                f"Rewrite the clause so that it agrees with the playbook, from the point of view of {party}. Change as "
                "few words as you can, and mark what goes with <del> and what comes with <ins>."
            )
            yield _asked(run, "redline_clause", given, text, writing.paragraph(dice, _LAW, 1, 3))


def _whole(run: Run, document: str, playbook: str, party: str, other: str) -> Iterator[Labelled]:
    dice = run.dice
    if dice.random() < 0.6:
        text = (
            f"Sum the contract up for a manager of {party} who has two minutes: what we get, what we owe, how we get "
            f"out. {dice.choice(('At most ten lines.', 'No legal terms.', 'Name amounts and dates.'))}"
        )
        yield _asked(run, "brief_manager", [document], text, writing.paragraph(dice, _LAW))
    for _ in range(dice.choice((0, 0, 1, 2, 3))):
        asked = tagged("question", writing.question(dice, _LAW), by=writing.person(dice))
        text = (
            "Answer the question from the contract alone and cite the numbers of the clauses in brackets. If the "
            "contract is silent, say so."
        )
        yield _asked(run, "answer_counsel", shuffled(dice, [document, asked]), text, writing.sentence(dice, _LAW))
    if dice.random() < 0.3:
        earlier = tagged("contract", _contract(dice, party, other), version="earlier")
        text = "List what changed between the two versions and who gains by it. Ignore numbering and spelling."
        yield _asked(run, "compare_versions", [earlier, document], text, writing.paragraph(dice, _LAW), "Changes:\n")
    if dice.random() < 0.12:
        text = f"Write to {writing.person(dice)} of {other} which changes {party} asks for, politely and in order."
        yield _asked(run, "write_counterparty", [playbook, document], text, writing.paragraph(dice, _LAW))
