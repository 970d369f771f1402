"""A bot that reviews pull requests.

Hard because the system prompt is that of the repository (name, languages, house rules in changing order) and the same
for four of the tasks; the request stands between the description of the change and the diff, both longer than it; diffs
repeat in a run; optional sections (earlier remarks, files of context) come and go; in the second half of the time the
remark format was reworded and JSON asked for. Commit messages are asked without any system prompt. Answering a remark
is a dialogue. Release notes are rare.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.agents import coding, words, writing
from benchmarks.agents.runs import Labelled, Run, as_json, assistant, bullets, runs, system, user
from slm_instrument.records import Message

_RULES = (
    "Functions are shorter than 40 lines.",
    "Every public function has a docstring.",
    "No bare except.",
    "Log instead of print.",
    "Names are English words, not abbreviations.",
    "SQL is never put together from strings.",
    "New code comes with a test.",
    "No wildcard imports.",
    "Dates are UTC.",
    "Configuration is read in one place.",
)
_LABELS = ("bug fix", "feature", "refactoring", "documentation", "dependencies", "tests")


@dataclass(frozen=True, slots=True)
class _Change:
    title: str
    description: str
    diffs: list[str]


def calls(seed: int = 0, traces: int = 95) -> Iterator[Labelled]:
    repositories = [Random(f"code_review/{seed}/{number}") for number in range(7)]
    names = [f"{dice.choice(words.COMPANY_STEMS)}/{dice.choice(words.CODE_NOUNS)}".lower() for dice in repositories]
    for run in runs("code_review", seed, traces, model="claude-sonnet-4"):
        dice = run.dice
        change = _Change(
            writing.title(dice, words.TOPICS[2]),
            writing.document(dice, words.TOPICS[2], dice.randint(80, 900)),
            [coding.diff(dice, dice.randint(1, 4)) for _ in range(dice.randint(1, 5))],
        )
        reviewer = system(_reviewer(run, dice.choice(names)))
        yield from _reviewed(run, reviewer, change)
        yield from _written(run, reviewer, change)
        if dice.random() < 0.25:
            yield run.one_off()


def _reviewer(run: Run, repository: str) -> str:
    rules = bullets(writing.some(run.dice, _RULES, 5, 9))
    return (
        "You are a senior engineer who reviews changes. You are exact, kind and brief, you know that most changes are "
        "fine, and you say so when they are. You never repeat what the author wrote and never praise for the sake of "
        f"it.\nRepository: {repository}\nHouse rules:\n{rules}"
    )


def _reviewed(run: Run, reviewer: Message, change: _Change) -> Iterator[Labelled]:
    dice = run.dice
    head = f"# {change.title}\n{change.description}"
    for diff in change.diffs:
        ask = "Does this file need a review, or is the change trivial? Answer NEEDS_REVIEW or APPROVED."
        yield run.call(
            "triage_file",
            [reviewer, user(f"{head}\n\n{ask}\n\n{diff}")],
            writing.decided(diff, ("NEEDS_REVIEW", "APPROVED")),
        )
        if dice.random() < 0.75:
            made = _review(run, reviewer, head, diff)
            yield made
            if dice.random() < 0.3:
                yield from _discuss(run, reviewer, diff)


def _review(run: Run, reviewer: Message, head: str, diff: str) -> Labelled:
    dice = run.dice
    context = f"\n\nFor context, the file before:\n{coding.source(dice, 2)}" if dice.random() < 0.3 else ""
    remark = {"line": dice.randint(1, 400), "remark": writing.sentence(dice, words.TOPICS[2])}
    if run.share < 0.5:
        ask = (
            "Review the diff below. Write one remark on each line, as line number, colon, remark. Write LGTM if "
            "all is well."
        )
        return run.call(
            "review_file",
            [reviewer, user(f"{head}\n\n{ask}{context}\n\n{diff}")],
            f"{remark['line']}: {remark['remark']}",
        )
    ask = (
        "Review the following change and report what should be changed as a JSON list with line and remark; [] "
        "if nothing."
    )
    earlier = (
        f"\n\nAlready said by others:\n{bullets([writing.sentence(dice, words.TOPICS[2])])}"
        if dice.random() < 0.4
        else ""
    )
    return run.call("review_file", [reviewer, user(f"{head}{earlier}\n\n{ask}{context}\n\n{diff}")], as_json([remark]))


def _discuss(run: Run, reviewer: Message, diff: str) -> Iterator[Labelled]:
    dice = run.dice
    thread = [
        user(f"{diff}\n\nYour remark: {writing.sentence(dice, words.TOPICS[2])}\nThe author replied to it. Go on.")
    ]
    for _ in range(dice.randint(1, 3)):
        thread.append(user(f"@bot {writing.sentence(dice, words.TOPICS[2])}", dice.choice(words.FIRST_NAMES)))
        answer = writing.paragraph(dice, words.TOPICS[2], 1, 3)
        yield run.call("answer_author", [reviewer, *thread], answer)
        thread.append(assistant(answer))


def _written(run: Run, reviewer: Message, change: _Change) -> Iterator[Labelled]:
    dice = run.dice
    diffs = "\n".join(change.diffs)
    about = words.TOPICS[2]
    ask = "Sum up what the change does for somebody who decides whether to read it. Two to five bullets."
    yield run.call(
        "summarise_change", [reviewer, user(f"{change.description}\n\n{ask}\n\n{diffs}")], writing.sentence(dice, about)
    )
    ask = f"Write a commit message for this diff. Subject below {dice.choice((50, 72))} characters, imperative."
    yield run.call("write_commit_message", [user(f"{ask}\n\n{diffs}")], change.title)
    labels = dice.sample(_LABELS, len(_LABELS))
    prompt = [
        system(f"Choose labels for pull requests. Labels: {', '.join(labels)}. Answer with JSON."),
        user(change.title),
    ]
    yield run.call("label_change", prompt, as_json(labels[:1]), response_format={"type": "json_object"})
    if dice.random() < 0.5:
        ask = "Which tests are missing? Write the most important one."
        yield run.call("suggest_test", [reviewer, user(f"{diffs}\n\n{ask}")], coding.function(dice))
    if dice.random() < 0.1:
        titles = bullets([writing.title(dice, about) for _ in range(dice.randint(4, 30))])
        told = system(
            "You write release notes that users like to read. Group them and leave out what only developers notice."
        )
        yield run.call(
            "write_release_notes", [told, user(f"Version {dice.randint(1, 9)}.{dice.randint(0, 30)}\n{titles}")], titles
        )
