"""Dialogues that a student has begun, so that none goes back and forth between student and LLM.

Within a tool loop the answers of one model are the next call's prompt. Where the LLM had to take over once, it keeps
the dialogue: what comes after its answer is not what the student was certified on, and a user would hear two voices.
"""

from collections import OrderedDict
from dataclasses import dataclass

from slm_instrument.records import Call
from slm_instrument.runtime.decision import Reason

MOST = 10_000  # dialogues remembered; the oldest is forgotten, and then decided call by call

# Of calls that were put to the student; unsupported is what a rule leaves to the LLM.
_GIVEN_UP = frozenset({Reason.LOW_CONFIDENCE, Reason.INVALID, Reason.TIMEOUT, Reason.ERROR, Reason.UNSUPPORTED})


@dataclass(slots=True)
class _Dialogue:
    turns: int  # answers in the prompt that the student answered first; those of few-shot examples are always there
    handed_over: bool = False


class Dialogues:
    """What became of the dialogues of this process, by task and trace."""

    def __init__(self) -> None:
        self._begun: OrderedDict[tuple[str, str], _Dialogue] = OrderedDict()

    def handed_over(self, task_id: str, call: Call) -> bool:
        """Whether the call goes on with a dialogue that the LLM has taken over from the student."""
        dialogue = self._begun.get((task_id, call.trace_id or ""))
        return dialogue is not None and dialogue.handed_over and _turns(call) > dialogue.turns

    def note(self, task_id: str, call: Call, reason: Reason) -> None:
        """Take down what was decided of a call that was put to the student."""
        if call.trace_id is None:
            return
        key = (task_id, call.trace_id)
        dialogue = self._begun.get(key)
        if dialogue is None:
            if reason is Reason.SUBSTITUTED:
                self._begin(key, _Dialogue(_turns(call)))
        elif reason in _GIVEN_UP and _turns(call) > dialogue.turns:
            dialogue.handed_over = True

    def _begin(self, key: tuple[str, str], dialogue: _Dialogue) -> None:
        self._begun[key] = dialogue
        if len(self._begun) > MOST:
            try:
                self._begun.popitem(last=False)
            except KeyError:  # other threads were faster
                return


def _turns(call: Call) -> int:
    return sum(message.role == "assistant" for message in call.messages)
