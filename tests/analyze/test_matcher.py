"""Live calls are put to the tasks that an analysis found."""

import numpy as np

from slm_instrument.analyze.matcher import By, TaskMatcher
from slm_instrument.canonical import AnswerKind
from slm_instrument.store import Task
from slm_instrument.template import SLOT, Pattern, Prompt, Template

SYSTEM = "You sort the letters of a lighthouse keeper by what they ask for. Answer with one word only."
TEMPLATE = Template(Pattern((SYSTEM,)), Pattern(()), Pattern(("Letter: ", SLOT, "\nSort:")))


def vector(*values):
    return (np.array(values) / np.linalg.norm(values)).astype("<f4")


def embed(texts):
    return np.stack([vector(1, 0.1) if "whale" in text else vector(-1, 1) for text in texts]).astype("f4")


TASKS = [
    Task(id="sort", name="sort", kind=AnswerKind.SHORT_TEXT, templates=(TEMPLATE,)),
    Task(id="whales", name="whales", kind=AnswerKind.FREE_TEXT, centre=vector(1, 0).tobytes(), reach=0.9),
]


def find(system, last, embed=embed):
    found = TaskMatcher(TASKS, embed).find(Prompt(system, "", last, ""))
    return found and (found.task_id, found.by, found.slots and found.slots.last)


def test_a_known_template_gives_the_slots():
    assert find(SYSTEM, "Letter: the lamp is out\nSort:") == ("sort", By.TEMPLATE, ("the lamp is out",))


def test_a_changed_system_prompt_is_near():
    assert find(SYSTEM + " Be brief.", "Letter: the lamp is out\nSort:") == ("sort", By.NEAR, None)


def test_what_no_template_knows_is_put_where_its_meaning_lies():
    assert find("", "Tell me of the white whale") == ("whales", By.MEANING, None)
    assert find("", "Tell me of the lamp") is None
    assert find("", "Tell me of the white whale", embed=None) is None
