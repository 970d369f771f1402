"""What the teacher itself is indifferent to: how often it agrees with itself, by the comparators one could choose.

Whoever picks a comparator decides what does not matter. The teacher's answers to inputs that it was asked more than
once say what it varies at whim: where it agrees with itself clearly more often by a looser rule, students will, too.
"""

from collections.abc import Iterable, Sequence

from slm_instrument.canonical import AnswerKind
from slm_instrument.comparators import Comparator, comparator
from slm_instrument.curate.inputs import Input

LOOSER: dict[AnswerKind, Sequence[str]] = {
    AnswerKind.JSON: ("json(empty=absent)", "json(unordered=**)", "json(empty=absent,unordered=**)"),
    AnswerKind.TOOL_CALL: ("tool_call(empty=absent)", "tool_call(unordered=**)", "tool_call(order=any)"),
    AnswerKind.FREE_TEXT: ("text", "number"),
}


def ceilings(inputs: Iterable[Input], kind: AnswerKind) -> dict[str, float]:
    """What :attr:`Conflicts.ceiling` would be by looser comparators than equality, by their specs.

    Args:
        inputs: of the task.
        kind: of its answers.

    Returns:
        Shares of the calls of repeated inputs, 0..1; empty where no input was asked twice.
    """
    repeated = [item for item in inputs if len(item.examples) > 1]
    return {spec: _ceiling(repeated, comparator(spec)) for spec in LOOSER.get(kind, ()) if repeated}


def _ceiling(repeated: Sequence[Input], rule: Comparator) -> float:
    agreeing = sum(_agreeing(item, rule) for item in repeated)
    return agreeing / sum(len(item.examples) for item in repeated)


def _agreeing(item: Input, rule: Comparator) -> int:
    usual = item.sample
    return sum(each.label == usual.label or rule.agrees(each.answer, usual.answer) for each in item.examples)
