"""One thing to learn."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """An input and its answer's normal form, from that call."""

    call_id: str
    text: str
    label: str
