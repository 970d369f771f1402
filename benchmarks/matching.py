"""What finding the task of one live call costs: python -m benchmarks.matching [--calls N] [--markdown] [--json FILE].

One thread. The calls are made: agents of one system prompt each, of twenty tasks whose last messages hold an
instruction, a document and a closing line; every second agent has tools. A call is measured from its messages on:
cutting the prompt, finding the template, taking the slots out. Prompts are of 2 KB and 20 KB, the latter with a long
document or as a dialogue of 30 messages. Where no template matches, the nearest task is looked for, and where there is
none, the beginning of the prompt is embedded and compared with the centres of the tasks.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.machine import machine
from slm_instrument.errors import MissingExtraError
from slm_instrument.records import Call, Message, ToolSpec
from slm_instrument.template import SLOT, NearIndex, Pattern, Prompt, Template, TemplateIndex

RESULTS = Path(__file__).with_name("results") / "matching.json"
TEMPLATES = (10, 1_000, 5_000)
NEAR_TEMPLATES = 1_000
TASKS = 20  # of an agent
SYSTEM_CHARS = 1_200
SHORT, LONG = 2_000, 20_000  # characters of a prompt
MESSAGES = 30  # of a dialogue
ABOUT_CHARS = (256, 128)  # of the system text and of the first user message, which are embedded
WARM = 50  # calls before the clock runs

# Of the usual length and number of tokens in English.
_WORDS = (
    "account agree answer area ask bank because begin benefit branch budget business careful case change check "
    "city class close color company complete contact content copy cost course create current date decide demand "
    "design develop direct document early effect empty engine error even every example expect extra family figure "
    "final follow found front future general good group guide happen health high hold hour image include inform "
    "interest item keep know large law learn letter library list look machine manage matter measure member method "
    "model more name need never north number offer open other page part pattern people picture plan policy power "
    "private process project provide purpose question range reach reason record region remain report result "
    "review room safe sample search section send service ship"
)
_SEPARATOR = "\nDocument: "


class Agent(NamedTuple):
    """Who makes calls: its system prompt, its tools, and an instruction and a closing line for each task."""

    system: str
    tools: tuple[ToolSpec, ...]
    tasks: tuple[tuple[str, str], ...]


class Writer:
    """Words in any order; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._words = _WORDS.split()

    def prose(self, chars: int) -> str:
        """Sentences of so many characters."""
        sentences: list[str] = []
        while sum(map(len, sentences)) < chars:
            words = self._random.choices(self._words, k=self._random.randint(6, 18))
            sentences.append(f"{' '.join(words).capitalize()}. ")
        return "".join(sentences)[:chars].strip()

    def agent(self, number: int) -> Agent:
        """An agent of twenty tasks."""
        tools = tuple(ToolSpec(f"{word}_{number}") for word in self._random.choices(self._words, k=5 * (number % 2)))
        tasks = tuple((self.prose(150), self.prose(60)) for _ in range(TASKS))
        return Agent(f"You are agent {number}. {self.prose(SYSTEM_CHARS)}", tools, tasks)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=2_000, help="that are measured in each case (default 2,000)")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--json", type=Path, default=RESULTS)
    args = parser.parse_args()
    results: dict[str, Any] = {"machine": machine(("sentence-transformers", "torch")), "calls": args.calls}
    agents = [Writer(number).agent(number) for number in range(max(TEMPLATES) // TASKS)]
    results["exact"] = [exact(agents, count, args.calls) for count in TEMPLATES]
    results["near"] = near(agents, NEAR_TEMPLATES, args.calls)
    results["embedding"] = embedding(agents, args.calls // 10)
    args.json.parent.mkdir(parents=True, exist_ok=True)
    args.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(table(results, markdown=args.markdown))
    return 0


def exact(agents: Sequence[Agent], count: int, calls: int) -> dict[str, Any]:
    """Finding the template of calls that have one, and of calls that have none, among so many templates."""
    owners = owners_of(agents, count)
    began = time.perf_counter()
    index = TemplateIndex(owners)
    seconds = time.perf_counter() - began
    known = agents[: max(1, count // TASKS)]

    def find(call: Call) -> bool:
        return index.find(Prompt.of_call(call)) is not None

    return {
        "templates": count,
        "build_ms": round(seconds * 1e3, 1),
        "known_2kb": timed(find, made(known, count, calls, SHORT), found=True),
        "known_20kb": timed(find, made(known, count, calls, LONG), found=True),
        "dialogue_20kb": timed(find, [dialogue(call) for call in made(known, count, calls, LONG)], found=True),
        "unknown_2kb": timed(find, [asking_else(call) for call in made(known, count, calls, SHORT)], found=False),
        "unknown_20kb": timed(find, [asking_else(call) for call in made(known, count, calls, LONG)], found=False),
    }


def near(agents: Sequence[Agent], count: int, calls: int) -> dict[str, Any]:
    """Finding the task of calls whose prompts have a section more than their template, the exact match tried before."""
    owners = owners_of(agents, count)
    exactly = TemplateIndex(owners)
    began = time.perf_counter()
    index = NearIndex(owners)
    seconds = time.perf_counter() - began
    known = agents[: count // TASKS]

    def find(call: Call) -> bool:
        prompt = Prompt.of_call(call)
        return exactly.find(prompt) is None and index.find(prompt) is not None

    return {
        "templates": count,
        "build_ms": round(seconds * 1e3, 1),
        "near_4kb": timed(find, [with_section(call) for call in made(known, count, calls, 2 * SHORT)], found=True),
        "near_20kb": timed(find, [with_section(call) for call in made(known, count, calls, LONG)], found=True),
        "unknown_4kb": timed(find, [asking_else(call) for call in made(known, count, calls, 2 * SHORT)], found=False),
    }


def embedding(agents: Sequence[Agent], calls: int) -> dict[str, Any] | None:
    """Embedding how a prompt begins and comparing it with a centre for each task; None without the extra for it."""
    try:
        import torch

        from slm_instrument.analyze.embed import SentenceEncoder
    except ImportError:
        return None
    torch.set_num_threads(1)
    embed = SentenceEncoder()
    prompts = [Prompt.of_call(call) for call in made(agents, len(agents) * TASKS, calls + WARM, SHORT)]
    try:
        centres = embed([about(prompt, max(ABOUT_CHARS)) for prompt in prompts[:WARM]])
    except MissingExtraError:
        return None

    def find(text: str) -> bool:
        return bool((centres @ embed([text])[0]).argmax() >= 0)

    centres = centres[[at % len(centres) for at in range(NEAR_TEMPLATES)]]
    cases = {f"{2 * chars}_chars": [about(prompt, chars) for prompt in prompts] for chars in ABOUT_CHARS}
    figures = {case: timed(find, texts, found=True) for case, texts in cases.items()}
    return {"model": embed.name, "centres": len(centres)} | figures


def owners_of(agents: Sequence[Agent], count: int) -> list[tuple[str, list[Template]]]:
    """The first so many tasks, with a template each."""
    return [
        (f"{number}/{task}", [template_of(agent, *texts)])
        for number, agent in enumerate(agents)
        for task, texts in enumerate(agent.tasks)
    ][:count]


def template_of(agent: Agent, instruction: str, closing: str) -> Template:
    return Template(
        system=Pattern((agent.system,)),
        first=Pattern((SLOT,)),
        last=Pattern((f"{instruction}{_SEPARATOR}", SLOT, f"\n{closing}")),
        tools=tuple(sorted({tool.name for tool in agent.tools})),
    )


def made(agents: Sequence[Agent], tasks: int, calls: int, chars: int) -> list[Call]:
    """Calls of the agents' first tasks with prompts of so many characters; no text is the very object of a template."""
    choose = random.Random(calls + chars)
    writer = Writer(chars)
    documents = [writer.prose(chars) for _ in range(20)]
    found: list[Call] = []
    for _ in range(calls):
        number = choose.randrange(tasks)
        agent = agents[number // TASKS]
        instruction, closing = agent.tasks[number % TASKS]
        system = str(agent.system.encode(), "utf-8")
        left = chars - len(system) - len(instruction) - len(closing)
        document = choose.choice(documents)[:left]
        last = Message("user", f"{instruction}{_SEPARATOR}{document}\n{closing}")
        found.append(Call(messages=(Message("system", system), last), tools=agent.tools))
    return found


def dialogue(call: Call) -> Call:
    """The call with most of its document said in a dialogue before."""
    system, last = call.messages
    before, _, after = last.text.partition(_SEPARATOR)
    document, _, closing = after.rpartition("\n")
    size = len(document) // (MESSAGES - 1)
    parts = [document[at * size : (at + 1) * size] for at in range(MESSAGES - 1)]
    turns = [Message("assistant" if at % 2 else "user", part) for at, part in enumerate(parts[:-1])]
    asked = Message("user", f"{before}{_SEPARATOR}{parts[-1]}\n{closing}")
    return replace(call, messages=(system, *turns, asked))


def asking_else(call: Call) -> Call:
    """The call with another instruction at its end."""
    system, last = call.messages
    return replace(
        call, messages=(system, Message("user", f"{last.text}\nThen put it all into a table of two columns."))
    )


def with_section(call: Call) -> Call:
    """The call with a section more in its system prompt."""
    system, last = call.messages
    head, _, rest = system.text.partition(". ")
    text = f"{head}. Today is a Monday in May, and the customer has been with us for seven years. {rest}"
    return replace(call, messages=(Message("system", text), last))


def about(prompt: Prompt, chars: int) -> str:
    """How a prompt begins: so many characters of each part."""
    return f"{prompt.system[:chars]}\n{(prompt.first or prompt.last)[:chars]}"


def timed(find: Callable[[Any], bool], cases: Sequence[Any], *, found: bool) -> dict[str, float]:
    """Microseconds of finding each.

    Raises:
        AssertionError: something was found, or not found, against what is expected.
    """
    times: list[float] = []
    for case in (*cases[:WARM], *cases):
        began = time.perf_counter_ns()
        hit = find(case)
        times.append((time.perf_counter_ns() - began) / 1e3)
        assert hit is found
    ordered = sorted(times[WARM:])
    return {"p50_us": round(ordered[len(ordered) // 2], 1), "p99_us": round(ordered[len(ordered) * 99 // 100], 1)}


def table(results: dict[str, Any], *, markdown: bool) -> str:
    """A line for each case: p50 / p99."""
    rows: list[tuple[str, ...]] = [("microseconds a call, p50 / p99", *(f"{count:,} templates" for count in TEMPLATES))]
    cases = {
        "known_2kb": "known, 2 KB",
        "known_20kb": "known, 20 KB",
        "dialogue_20kb": f"known, dialogue of {MESSAGES} messages, 20 KB",
        "unknown_2kb": "unknown, 2 KB",
        "unknown_20kb": "unknown, 20 KB",
    }
    rows += [(label, *(shown(each[case]) for each in results["exact"])) for case, label in cases.items()]
    rows.append(("building, ms", *(str(each["build_ms"]) for each in results["exact"])))
    near_cases = {"near_4kb": "near, 4 KB", "near_20kb": "near, 20 KB", "unknown_4kb": "near to none, 4 KB"}
    rows += [(label, "", shown(results["near"][case]), "") for case, label in near_cases.items()]
    rows.append(("building for near, ms", "", str(results["near"]["build_ms"]), ""))
    for chars in ABOUT_CHARS if results["embedding"] else ():
        figure = results["embedding"][f"{2 * chars}_chars"]
        rows.append((f"embedded, {2 * chars} characters", "", shown(figure), ""))
    if markdown:
        rows.insert(1, ("---",) * len(rows[0]))
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def shown(figure: dict[str, float]) -> str:
    return f"{figure['p50_us']:.0f} / {figure['p99_us']:.0f}"


if __name__ == "__main__":
    sys.exit(main())
