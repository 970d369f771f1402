"""slm_instrument for the OpenAI SDK: a client that records its LLM calls, and lets students answer them.

>>> from openai import OpenAI                               # doctest: +SKIP
>>> from slm_instrument import Recorder                     # doctest: +SKIP
>>> client = wrap_openai(OpenAI(), Recorder("memory://"))   # doctest: +SKIP
"""

from slm_instrument_openai.wrap import wrap_openai

__all__ = ["wrap_openai"]
