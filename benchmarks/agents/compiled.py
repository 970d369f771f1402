"""Prompts put together from signatures by a compiler (the family of DSPy).

Hard because every prompt is of the same form, fields and markers first and the objective in the last line of the
system prompt; two modules have the very same fields; examples are pairs of user and assistant messages, from none to
eight of them, drawn anew at each compilation; compiling also rewrites the objective, so that one task has three of them
in the time of the log; a missing field is asked for in a further message.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchmarks.agents import writing
from benchmarks.agents.runs import Labelled, Run, assistant, bullets, runs, system, user

_MEANINGS = {
    "question": "what somebody wants to know",
    "context": "passages that may be of use",
    "claim": "a statement that may be false",
    "query": "what to search for",
    "reasoning": "the steps that lead to the result",
    "answer": "the answer itself",
    "verdict": "one of: supported, refuted, unknown",
    "summary": "a short text",
    "topics": "a list of words",
}


@dataclass(frozen=True, slots=True)
class _Module:
    task: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    objectives: tuple[str, str, str]
    often: int


_MODULES = (
    _Module(
        "write_query",
        ("context", "question"),
        ("reasoning", "query"),
        (
            "Write a query that finds what is still missing to answer the question.",
            "You are a librarian. From the context, work out the gap in what is known, and write the query that "
            "closes it.",
            "Given context and question, produce the single most useful search query; avoid words the context has "
            "settled.",
        ),
        4,
    ),
    _Module(
        "answer_short",
        ("context", "question"),
        ("reasoning", "answer"),
        (
            "Answer the question with a short factoid.",
            "Answer the question in at most five words that stand in the context.",
            "You take part in a quiz where every word too many costs a point. Give the bare fact that answers the "
            "question.",
        ),
        4,
    ),
    _Module(
        "answer_long",
        ("context", "question"),
        ("reasoning", "answer"),
        (
            "Answer the question in detail and cite the passages in square brackets.",
            "Write a paragraph that answers the question; each sentence ends with the number of its passage.",
            "You write for an encyclopedia. Answer at length, with a citation for every sentence.",
        ),
        3,
    ),
    _Module(
        "check_claim",
        ("context", "claim"),
        ("reasoning", "verdict"),
        (
            "Decide whether the context supports the claim.",
            "Be a strict fact checker: does the context back the claim, contradict it, or neither?",
            "Read the claim word by word and compare it with the context before you give the verdict.",
        ),
        4,
    ),
    _Module(
        "summarise",
        ("context",),
        ("summary",),
        (
            "Sum the passages up.",
            "Write what all the passages have in common, in two sentences.",
            "Write a summary that a busy reader can take in within ten seconds.",
        ),
        2,
    ),
    _Module(
        "find_topics",
        ("context",),
        ("topics",),
        (
            "Name the topics of the passages.",
            "List up to five topics, most general first.",
            "Name the topics as a librarian would file them.",
        ),
        2,
    ),
)


def calls(seed: int = 0, traces: int = 130) -> Iterator[Labelled]:
    weights = [module.often for module in _MODULES]
    for run in runs("compiled", seed, traces, model="llama-3.3-70b-instruct", timed=False):
        for module in run.dice.choices(_MODULES, weights, k=run.dice.randint(4, 9)):
            yield from _ask(run, module, seed)
        if run.dice.random() < 0.3:
            yield run.one_off()


def _ask(run: Run, module: _Module, seed: int) -> Iterator[Labelled]:
    dice = run.dice
    compiled = min(2, int(run.share * 3))
    examples = Random(f"compiled/{seed}/{compiled}/{module.task}")
    messages = [system(_prompt(module, module.objectives[compiled]))]
    for _ in range(examples.randint(0, 8) if compiled else 0):
        messages += [user(_fields(examples, module.inputs)), assistant(_fields(examples, module.outputs))]
    wish = ", then ".join(f"[[ ## {name} ## ]]" for name in module.outputs)
    messages.append(user(f"{_fields(dice, module.inputs)}\n\nGo on with {wish}, and end with [[ ## completed ## ]]."))
    answer = _fields(dice, module.outputs) + "\n\n[[ ## completed ## ]]"
    if dice.random() < 0.05:
        half = _fields(dice, module.outputs[:1])
        yield run.call(module.task, messages, half)
        missing = user(f"The field {module.outputs[-1]} is missing. Give all of {', '.join(module.outputs)}.")
        messages = [*messages, assistant(half), missing]
    yield run.call(module.task, messages, answer)


def _prompt(module: _Module, objective: str) -> str:
    inputs, outputs = (
        bullets([f"`{name}` (str): {_MEANINGS[name]}" for name in names], "{n}. ")
        for names in (module.inputs, module.outputs)
    )
    form = "\n\n".join(f"[[ ## {name} ## ]]\n{{{name}}}" for name in (*module.inputs, *module.outputs))
    return (
        f"The input has these fields:\n{inputs}\nThe output has these fields:\n{outputs}\nAll messages have this "
        "form:\n\n"
        f"{form}\n\n[[ ## completed ## ]]\nWithin this form, the objective is:\n        {objective}"
    )


def _fields(dice: Random, names: tuple[str, ...]) -> str:
    return "\n\n".join(f"[[ ## {name} ## ]]\n{_value(dice, name)}" for name in names)


def _value(dice: Random, name: str) -> str:
    about = writing.topic(dice)
    if name == "context":
        count = dice.randint(1, 5)
        return (
            "\n".join(f"[{at}] «{writing.paragraph(dice, about)}»" for at in range(1, count + 1))
            if count > 1
            else "N/A"
        )
    if name in ("question", "query"):
        return writing.question(dice, about)
    if name == "verdict":
        return dice.choice(("supported", "refuted", "unknown"))
    return ", ".join(writing.some(dice, about.nouns, 2, 5)) if name == "topics" else writing.sentence(dice, about)
