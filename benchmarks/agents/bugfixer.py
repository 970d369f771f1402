"""An agent that repairs a repository in a shell (the family of SWE-agent and OpenHands).

Hard in the other direction: nearly all calls are one task, a dialogue of up to thirty turns under one long system
prompt, whose user messages are files, listings and failures and look like anything but each other. Commands are
listed as text and one was added; a worked example is put before the dialogue in a third of the runs; the form of the
answer was reworded; the history is cut and replaced by the summary that another task made. Judging the patch is rare.
"""

from collections.abc import Iterator

from benchmarks.agents import coding, words, writing
from benchmarks.agents.runs import Labelled, Run, assistant, bullets, runs, system, user
from slm_instrument.records import Message

_COMMANDS = (
    "open PATH [LINE]: shows a file in a window of 100 lines",
    "scroll_down, scroll_up: moves the window",
    "search WORD [PATH]: finds a word in all files",
    "edit FROM:TO: replaces lines by the text that follows, up to the line end_of_edit",
    "python FILE: runs a script",
    "submit: ends the work and hands the change in",
)
_ADDED = "undo: takes the last edit back"
_LATEST = 11  # messages that stay when the history is cut


def calls(seed: int = 0, traces: int = 45) -> Iterator[Labelled]:
    for run in runs("bugfixer", seed, traces, model="claude-3-5-sonnet-20241022"):
        dice = run.dice
        about = words.TOPICS[2]
        story = writing.document(dice, about, dice.randint(300, 2_000))
        issue = f"{writing.title(dice, about)}\n\n{story}\n\n{coding.traceback(dice)}"
        if dice.random() < 0.8:
            tree = "\n".join(sorted({coding.file_name(dice) for _ in range(dice.randint(20, 90))}))
            told = "Which files would have to change to settle the issue? Up to five paths, the most probable first."
            prompt = f"{told}\n\n### Issue\n{issue}\n\n### Files\n{tree}"
            yield run.call("find_files", [user(prompt)], "\n".join(writing.some(dice, tree.split("\n"), 1, 5)))
        yield from _repair(run, issue)
        if dice.random() < 0.2:
            prompt = (
                f"Issue:\n{issue}\n\nPatch:\n{coding.diff(dice)}\n\nDoes the patch settle the issue? Answer with "
                "a score from 0 to 10."
            )
            yield run.call("judge_patch", [system("You judge patches."), user(prompt)], str(dice.randint(0, 10)))
        if dice.random() < 0.4:
            yield run.one_off()


def _prompt(run: Run) -> str:
    commands = bullets(_COMMANDS if run.share < 0.4 else (*_COMMANDS[:4], _ADDED, *_COMMANDS[4:]), "  ")
    form = (
        "Say first what you are about to do, then give exactly one command in a block of three backticks."
        if run.share < 0.7
        else "Each answer has two parts, DISCUSSION and COMMAND: one command, and nothing after it."
    )
    return (
        "You are a programmer who works in a shell without a screen. There is a window that shows a part of one file, "
        f"and these commands beside those of bash:\n{commands}\nIndentation matters in edits. {form} Wait for the "
        "output before you go on."
    )


def _repair(run: Run, issue: str) -> Iterator[Labelled]:
    dice = run.dice
    dialogue: list[Message] = []
    if run.number % 3 == 0:
        example = "\n\n".join(f"{_says(run)}\n{_output(run)}" for _ in range(3))
        dialogue.append(user(f"Here is how somebody else did it, as an example.\n\n{example}\n\n(end of the example)"))
    dialogue.append(user(f"Settle this issue in the repository at hand:\n\n{issue}\n\n(Open file: none)\nbash-$"))
    kept = len(dialogue)
    for _ in range(dice.randint(5, 30)):
        said = _says(run)
        yield run.call("act", [system(_prompt(run)), *dialogue], said, agent="main")
        dialogue += [assistant(said), user(f"{_output(run)}\n(Open file: /srv/{coding.file_name(dice)})\nbash-$")]
        if len(dialogue) > kept + 2 * _LATEST:
            old, dialogue[kept:-_LATEST] = dialogue[kept:-_LATEST], []
            text = "\n".join(f"[{message.role}] {message.text}" for message in old)
            ask = (
                "Sum up the events below so that the work can go on without them: what was tried, what is known, "
                f"what is open.\n\n{text}"
            )
            summary = writing.paragraph(dice, words.TOPICS[2])
            yield run.call("condense_history", [user(ask)], summary, agent="main")
            dialogue.insert(kept, user(f"(summary of what happened before)\n{summary}"))


def _says(run: Run) -> str:
    dice = run.dice
    file = coding.file_name(dice)
    command = dice.choice(
        (
            f"open {file} {dice.randint(1, 400)}",
            f"search {coding.name(dice)}",
            "scroll_down",
            f"python {file}",
            "git diff",
        )
    )
    return f"{writing.sentence(dice, words.TOPICS[2])}\n```\n{command}\n```"


def _output(run: Run) -> str:
    dice = run.dice
    shape = dice.random()
    if shape < 0.35:
        lines = coding.source(dice, dice.randint(1, 4)).split("\n")
        return "\n".join(f"{at}: {line}" for at, line in enumerate(lines, dice.randint(1, 300)))
    if shape < 0.55:
        return coding.traceback(dice)
    if shape < 0.75:
        return "\n".join(
            f"{coding.file_name(dice)}:{dice.randint(1, 900)}:{coding.statement(dice)}"
            for _ in range(dice.randint(1, 25))
        )
    return dice.choice(("Your command ran and printed nothing.", coding.diff(dice), f"{dice.randint(1, 80)} passed"))
