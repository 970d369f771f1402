"""Templates: the static part that many prompts share, and the slots that vary.

A prompt is looked at in four places: the *system* text, the *first* and the *last* user message (one and the same in a
single-turn prompt: then it is the last), and the *history*, all that stands between. A :class:`Template` holds a
:class:`Pattern` for the first three; the history is always a slot. Mining templates is the analysis's work
(:mod:`slm_instrument.analyze`); matching them is here, because the runtime, the training and the analysis must cut a
prompt into the very same slots.
"""

from slm_instrument.template.index import Match, TemplateIndex
from slm_instrument.template.near import Near, NearIndex
from slm_instrument.template.pattern import NUMBER, SLOT, Pattern, Piece
from slm_instrument.template.prompt import PLACES, Prompt
from slm_instrument.template.template import Slots, Template, best_match

__all__ = [
    "NUMBER",
    "PLACES",
    "SLOT",
    "Match",
    "Near",
    "NearIndex",
    "Pattern",
    "Piece",
    "Prompt",
    "Slots",
    "Template",
    "TemplateIndex",
    "best_match",
]
