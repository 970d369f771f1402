"""How others write LLM calls down, read into records: providers' wire formats and tracing tools' span attributes.

Each module reads one dialect into a :class:`Request` and a :class:`Reply`. Readers take parsed JSON of any shape and
never raise: what cannot be read is left out. Captured calls and imported logs are read by the same functions.
"""

from slm_instrument.dialects.forms import Reply, Request, make_call
from slm_instrument.dialects.params import read_params
from slm_instrument.dialects.usage import usage_from, usage_or_none, usage_to_native

__all__ = ["Reply", "Request", "make_call", "read_params", "usage_from", "usage_or_none", "usage_to_native"]
