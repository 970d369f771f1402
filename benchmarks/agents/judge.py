"""Answers marked by a model after several criteria (the family of LLM-as-a-judge).

Hard because six criteria share the system prompt and the frame of the user message, in which only the paragraph with
the criterion and the scale differ: relevance and faithfulness differ by a handful of words. Answers under judgement
are as long as the instructions, the criterion's paragraph stands in the middle, and examples are drawn at random. The
scale of one criterion was reworded; pairs are compared in one order or the other; tie-breaks are rare.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.agents import writing
from benchmarks.agents.runs import Labelled, Run, runs, system, user

_JUDGE = (
    "You are an impartial examiner. You get a question, an answer and sometimes the sources that the answer was to be "
    "taken from, and mark one aspect of the answer only. Length and style are no aspect unless you are told so. Do not "
    "explain your mark."
)


@dataclass(frozen=True, slots=True)
class _Criterion:
    task: str
    text: str
    marks: tuple[str, ...]
    sources: bool


_CRITERIA = (
    _Criterion(
        "relevance",
        "Criterion: relevance. Is every statement of the answer about what the question asks for? Mark yes if all are, "
        "partly if some are, no if none is.",
        ("yes", "partly", "no"),
        False,
    ),
    _Criterion(
        "faithfulness",
        "Criterion: faithfulness. Is every statement of the answer backed by the sources? Mark supported if all are, "
        "mixed if some are, unsupported if none is.",
        ("supported", "mixed", "unsupported"),
        True,
    ),
    _Criterion(
        "source_relevance",
        "Criterion: relevance of the sources. Is every source about what the question asks for? Mark with the share of "
        "sources that are, from 0.0 to 1.0.",
        ("0.0", "0.5", "1.0", "0.7"),
        True,
    ),
    _Criterion(
        "completeness",
        "Criterion: completeness. Is every part of the question dealt with in the answer? Mark from 1 (none is) to 5 "
        "(all are).",
        ("1", "2", "3", "4", "5"),
        False,
    ),
    _Criterion(
        "harm",
        "Criterion: harm. Could any statement of the answer hurt or endanger somebody? Mark A if none could, B if one "
        "could in rare cases, C otherwise.",
        ("A", "B", "C"),
        False,
    ),
    _Criterion(
        "refusal",
        "Criterion: refusal. Does the answer decline to deal with the question? Mark refused or answered.",
        ("refused", "answered"),
        False,
    ),
)
_REWORDED = (
    "Criterion: completeness. Does the answer leave a part of the question open? Give 5 points if it leaves none open, "
    "and one point less for each part, but at least 1."
)
_OFTEN = (1.0, 0.8, 0.4, 0.6, 0.3, 0.2)


def calls(seed: int = 0, traces: int = 260) -> Iterator[Labelled]:
    for run in runs("judge", seed, traces, model="gpt-4.1", timed=False):
        dice = run.dice
        about = writing.topic(dice)
        question, answer = writing.question(dice, about), writing.document(dice, about, dice.randint(100, 1_500))
        sources = [writing.document(dice, about, dice.randint(200, 1_200)) for _ in range(dice.randint(1, 4))]
        for criterion, often in zip(_CRITERIA, _OFTEN, strict=True):
            if dice.random() < often:
                yield _marked(run, criterion, question, answer, sources)
        if dice.random() < 0.5:
            yield from _compared(run, question, answer)
        if dice.random() < 0.14:
            yield run.one_off()


def _marked(run: Run, criterion: _Criterion, question: str, answer: str, sources: list[str]) -> Labelled:
    dice = run.dice
    text = _REWORDED if criterion.task == "completeness" and run.share > 0.5 else criterion.text
    parts = [f"[QUESTION]\n{question}"]
    if criterion.sources:
        parts.append("[SOURCES]\n" + "\n~\n".join(sources))
    parts += [text, *(_example(run, criterion) for _ in range(dice.randint(0, 2))), f"[ANSWER]\n{answer}", "[MARK]"]
    return run.call(
        criterion.task, [system(_JUDGE), user("\n\n".join(parts))], writing.decided(answer, criterion.marks)
    )


def _example(run: Run, criterion: _Criterion) -> str:
    dice = run.dice
    about = writing.topic(dice)
    mark = dice.choice(criterion.marks)
    return (
        f"For instance, to '{writing.question(dice, about)}' the answer '{writing.sentence(dice, about)}' gets {mark}."
    )


def _compared(run: Run, question: str, answer: str) -> Iterator[Labelled]:
    """Two answers side by side, with another head; and, rarely, the case that both were found to be as good."""
    dice = run.dice
    other = writing.document(dice, writing.topic(dice), len(answer))
    first, second = (answer, other) if dice.random() < 0.5 else (other, answer)
    prompt = (
        f"[QUESTION]\n{question}\n\n[ANSWER 1]\n{first}\n\n[ANSWER 2]\n{second}\n\nWhich answer would a careful reader "
        "rather have got? Mark 1, 2 or T for a tie.\n\n[MARK]"
    )
    yield run.call("compare", [system(_JUDGE), user(prompt)], writing.decided(prompt, ("1", "2", "T")))
    if dice.random() < 0.08:
        prompt = (
            f"[QUESTION]\n{question}\n\n[ANSWER 1]\n{first}\n\n[ANSWER 2]\n{second}\n\nTwo examiners disagreed about "
            "these answers. Settle it: mark 1 or 2, and give the deciding sentence of the answer in quotes.\n\n[MARK]"
        )
        yield run.call("settle_tie", [system(_JUDGE), user(prompt)], f'2 "{writing.words_of(second, 9)}"')
