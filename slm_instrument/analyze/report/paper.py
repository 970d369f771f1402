"""What the paper that this package implements says of three agents, beside which our estimates are shown.

The authors estimated these shares by reading about the agents; nobody measured them.

Source: Belcak et al.: Small Language Models are the Future of Agentic AI, 2025, appendix B.
"""

from typing import NamedTuple

TITLE = "Small Language Models are the Future of Agentic AI"
URL = "https://arxiv.org/abs/2506.02153"


class Estimate(NamedTuple):
    """The share of an agent's LLM queries, in 0..1, that the authors hold replaceable."""

    agent: str
    share: float


ESTIMATES = (Estimate("Cradle", 0.7), Estimate("MetaGPT", 0.6), Estimate("Open Operator", 0.4))
