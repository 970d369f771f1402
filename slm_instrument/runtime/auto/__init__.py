"""Auto mode: students moved between modes by evidence.

- :mod:`~slm_instrument.runtime.auto.evidence`: e-values, confidence sequences, an alarm.
- :mod:`~slm_instrument.runtime.auto.trial`: what is counted of a student.
- :mod:`~slm_instrument.runtime.auto.policy`: how much evidence a move takes.
- :mod:`~slm_instrument.runtime.auto.controller`: reads the store and moves students.
- :mod:`~slm_instrument.runtime.auto.drift`: calls that are no longer those that a student was made for.
"""

from slm_instrument.runtime.auto.controller import Controller, Watched
from slm_instrument.runtime.auto.policy import Assessment, Policy, Progress

__all__ = ["Assessment", "Controller", "Policy", "Progress", "Watched"]
