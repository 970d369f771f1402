"""A code base moved to a new library, file by file.

Hard because prompts are Markdown with headings (goal, guide, files, task), the contents of files are most of it and
repeat in a run, and the guide with its rules grew; which of five steps is meant is said under the last heading; answers
that were cut off are asked for again by the one word "continue", diffs that do not apply by a failure, both the same
task. The agent is called "migrator" throughout, but for the tests, which a script asks for. Rollbacks are rare.
"""

from collections.abc import Iterator
from random import Random

from benchmarks.agents import coding, words, writing
from benchmarks.agents.runs import Labelled, Run, as_json, assistant, bullets, runs, system, user
from benchmarks.agents_held_out.layout import fenced, section
from slm_instrument.records import Message

_SOFTWARE = words.TOPICS[2]
_GUIDE = (
    "Replace `{a}.{b}` by `{a}_next.{b}`; its second argument is now by keyword.",
    "`{a}` raises `{error}` where it gave None.",
    "Keep public names and signatures.",
    "Do not reformat what you do not change.",
    "Sessions are context managers: `with {a}() as {b}:`.",
    "Callbacks became coroutines; await them.",
    "`{b}_id` is a string.",
    "Imports come from `{a}.api`.",
    "Comments stay where they are.",
)
_OLD_ROLE = (
    "You are a senior engineer who migrates code bases. You change what the guide names and nothing else. You think of "
    "callers in other files. Your diffs apply with `git apply`."
)
_NEW_ROLE = (
    "You migrate a repository to a new version of a library. Work file by file. Only changes that the guide asks for. "
    "Unsure? Leave a `# MIGRATION:` comment. Diffs are unified, with three lines of context."
)


def calls(seed: int = 0, traces: int = 75) -> Iterator[Labelled]:
    for run in runs("migration", seed, traces, model="claude-3-7-sonnet"):
        dice = run.dice
        goal, guide = _goal(dice), _guide(run)
        files = {coding.file_name(dice): coding.source(dice, dice.randint(1, 5)) for _ in range(dice.randint(2, 5))}
        yield _planned(run, goal, files)
        for name, text in files.items():
            yield from _migrated(run, goal, guide, name, text)
        if dice.random() < 0.1:
            failed = fenced(coding.traceback(dice))
            text = f"The migration below broke production. Which commits go back, in which order?\n\n{failed}"
            yield run.call("plan_rollback", [user(text)], writing.paragraph(dice, _SOFTWARE), agent="migrator")
        if dice.random() < 0.4:
            yield run.one_off()


def _goal(dice: Random) -> str:
    name = dice.choice(words.COMPANY_STEMS).lower()
    return f"Move from {name} {dice.randint(1, 4)}.{dice.randint(0, 20)} to {name} {dice.randint(5, 9)}.0."


def _guide(run: Run) -> str:
    dice = run.dice
    few, many = (2, 4) if run.share < 0.5 else (5, 9)
    return bullets(
        [
            rule.format(
                a=dice.choice(words.CODE_NOUNS), b=dice.choice(words.CODE_NOUNS), error=dice.choice(words.ERRORS)
            )
            for rule in writing.some(dice, _GUIDE, few, many)
        ],
        "{n}. ",
    )


def _planned(run: Run, goal: str, files: dict[str, str]) -> Labelled:
    dice = run.dice
    listed = "\n".join(f"{name} ({len(text)} bytes)" for name, text in files.items())
    told = "Order the files so that those on which others depend come first. JSON list of paths."
    text = "\n\n".join([section("Goal", goal, 1), section("Files", fenced(listed)), section("Task", told)])
    return run.call(
        "order_files", [system(_role(run)), user(text)], as_json(dice.sample([*files], len(files))), agent="migrator"
    )


def _uses(dice: Random) -> str:
    sure = ("sure", "likely", "perhaps")
    rows = [
        f"{dice.randint(1, 200)}, rule {dice.randint(1, 5)}, {dice.choice(sure)}" for _ in range(dice.randint(1, 6))
    ]
    return "\n".join(rows)


def _role(run: Run) -> str:
    return _OLD_ROLE if run.share < 0.6 else _NEW_ROLE


def _laid_out(run: Run, goal: str, guide: str, parts: list[str], wanted: str) -> list[Message]:
    given = [section("Goal", goal, 1), section("Guide", guide), *parts, section("Task", wanted)]
    return [system(_role(run)), user("\n\n".join(given))]


def _migrated(run: Run, goal: str, guide: str, name: str, text: str) -> Iterator[Labelled]:
    dice = run.dice
    file = section(f"File: {name}", fenced(text, "python"))
    if dice.random() < 0.5:
        told = "Which places in the file does the guide touch? One line each: line number, rule, how sure you are."
        yield run.call("find_uses", _laid_out(run, goal, guide, [file], told), _uses(dice), agent="migrator")
    told = "Migrate the file. Answer with a diff in one block and nothing around it."
    messages = _laid_out(run, goal, guide, [file], told)
    diff = coding.diff(dice, dice.randint(1, 4))
    yield run.call("migrate_file", messages, fenced(diff, "diff"), agent="migrator")
    while dice.random() < 0.3:
        failure = f"error: patch failed: {name}:{dice.randint(1, 300)}\nerror: {name}: patch does not apply"
        messages = [*messages, assistant(diff), user(dice.choice(("continue", failure)))]
        diff = coding.diff(dice, 1)
        yield run.call("migrate_file", messages, fenced(diff, "diff"), agent="migrator")
    changed = section("Diff", fenced(diff, "diff"))
    if dice.random() < 0.45:
        failed = section("Output of the tests", fenced(coding.traceback(dice)))
        told = "The tests fail since the diff was applied. Repair the file. Answer with a diff on top of the first."
        messages = _laid_out(run, goal, guide, [file, changed, failed], told)
        yield run.call("repair_file", messages, fenced(coding.diff(dice, 1), "diff"), agent="migrator")
    if dice.random() < 0.5:
        told = "Review the diff. Does it do what the guide says, all of it and only that? APPROVE, or what is wrong."
        messages = _laid_out(run, goal, guide, [changed], told)
        answer = dice.choice(("APPROVE", writing.sentence(dice, _SOFTWARE)))
        yield run.call("review_change", messages, answer, agent="migrator")
    if dice.random() < 0.35:
        told = f"Write pytest tests for the following module, which must pass before and after a migration.\n\n{text}"
        yield run.call("pin_behaviour", [user(told)], fenced(coding.function(dice), "python"))
    if dice.random() < 0.6:
        told = "Message of the commit: one line of at most 60 characters, then why, in a sentence."
        yield run.call("commit_change", [user(f"{diff}\n\n{told}")], writing.title(dice, _SOFTWARE), agent="migrator")
