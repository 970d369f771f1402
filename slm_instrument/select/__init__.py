"""Which small models are worth trying for a task (S4 of the paper's loop).

A catalogue of models with licences and sizes, a probe of the machine, and a choice in which every rejection has its
reason. What is worth trying is still to be trained and certified: nothing here says how well a student will agree.

>>> from slm_instrument.select import catalogue, choose, facts_of, this_machine
>>> choice = choose(facts_of(store, task), catalogue(), this_machine())  # doctest: +SKIP
>>> choice.candidates[0].student  # doctest: +SKIP
'nearest'
"""

from slm_instrument.select.catalogue import Catalogue, Licence, LicenceKind, Model, catalogue
from slm_instrument.select.choose import Candidate, Choice, Policy, Rejection, choose
from slm_instrument.select.cost import Cost, predict
from slm_instrument.select.facts import TaskFacts, facts_from, facts_of
from slm_instrument.select.local import model_at
from slm_instrument.select.machine import Machine, Speed, this_machine

__all__ = [
    "Candidate",
    "Catalogue",
    "Choice",
    "Cost",
    "Licence",
    "LicenceKind",
    "Machine",
    "Model",
    "Policy",
    "Rejection",
    "Speed",
    "TaskFacts",
    "catalogue",
    "choose",
    "facts_from",
    "facts_of",
    "model_at",
    "predict",
    "this_machine",
]
