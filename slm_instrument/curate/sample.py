"""One thing to learn."""

from dataclasses import dataclass

from slm_instrument.records import Message


@dataclass(frozen=True, slots=True)
class Sample:
    """A call as a student sees it, and what its teacher answered.

    ``text`` is the prompt's slots. ``answer`` is the answer without what belongs to one call only (tool-call ids, talk
    beside tool calls); ``label`` is its normal form, equal for answers that agree. What was masked is numbered in order
    of first mention in the text, in the answer with the text's numbers, as at run time.
    """

    call_id: str
    text: str
    label: str
    answer: Message
