"""The model card of a bundle: what the student is, what it was made from, what was shown of it, and its limits.

>>> from slm_instrument.card import Card, to_markdown
>>> print(to_markdown(Card.read("models/intent-20261129-101500-3f9a1c")))  # doctest: +SKIP

A card rests on the bundle alone: it needs no store, no student is loaded, and no text of a call is in it.
"""

from slm_instrument.card.facts import Card
from slm_instrument.card.markdown import to_markdown
from slm_instrument.card.svg import to_svg
from slm_instrument.card.terminal import render
from slm_instrument.card.values import to_json

__all__ = ["Card", "render", "to_json", "to_markdown", "to_svg"]
