"""S6 and the router: a task's calls answered by its student, inside the agent's process, behind flags.

>>> from slm_instrument.runtime import Substitutor
>>> substitutor = Substitutor("models/", store="memory://", modes={"intent": "on"})
>>> substitutor.close()

Importing this loads no model code; onnxruntime is imported when the first student is.
"""

from slm_instrument.runtime.decision import Decision, Reason
from slm_instrument.runtime.substitute import Substitutor
from slm_instrument.store import Mode, Observation

__all__ = ["Decision", "Mode", "Observation", "Reason", "Substitutor"]
