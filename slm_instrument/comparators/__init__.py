"""When two answers of a task agree: a small set of rules, each with a name, which users extend.

A rule is named by a *spec*, a line of text that manifests, ``--comparator`` and reports carry:

=====================================  ========================================================================
``normal_form``                        the same after normalising (:func:`slm_instrument.canonical.normal_form`): the
                                       strictest rule, and the default for every kind of answer
``json(ignore=notes,empty=absent)``    JSON by value, with places that do not count (:class:`Json`)
``tool_call(unordered=search.tags)``   tool calls by name and arguments (:class:`ToolCalls`)
``number(tolerance=0.01)``             the number in the text, within a tolerance, units apart (:class:`Number`)
``text``                               words, without capitals, articles and outer punctuation (:class:`Text`)
``embedding(threshold=0.9)``           texts close in meaning (:mod:`slm_instrument.curate.meaning`); offline only
``judge(model=MODULE:OBJECT)``         what a chat model of the user's says; offline only
``MODULE:OBJECT``                      a :class:`Comparator` class of the user's, or a function of two messages
=====================================  ========================================================================

Names of the user's own come from :func:`register` or from the entry point group ``slm_instrument.comparators``.

>>> rule = comparator("json(ignore=notes,empty=absent)")
>>> rule.agrees(Message("assistant", '{"id": 7, "notes": ""}'), Message("assistant", '{"id": 7}'))
True
"""

from slm_instrument.comparators.base import Comparator, Field, Report
from slm_instrument.comparators.json_value import Json
from slm_instrument.comparators.registry import NORMAL_FORM, comparator, default_comparator, register
from slm_instrument.comparators.texts import NormalForm, Number, Text
from slm_instrument.comparators.tools import ToolCalls
from slm_instrument.records import Message

__all__ = [
    "NORMAL_FORM",
    "Comparator",
    "Field",
    "Json",
    "Message",
    "NormalForm",
    "Number",
    "Report",
    "Text",
    "ToolCalls",
    "comparator",
    "default_comparator",
    "register",
]
