from slm_instrument.runtime.residency import Residency
from slm_instrument.runtime.serving import Servable
from slm_instrument.runtime.testing import ScriptedStudent


class Counting:
    """Makes students, and counts how many."""

    def __init__(self):
        self.made = 0

    def __call__(self):
        self.made += 1
        return ScriptedStudent(str.upper)


def servable(name, megabytes, load=None):
    return Servable(
        task_id=name,
        task_name=name,
        bundle_id=name,
        templates=(),
        model_bytes=int(megabytes * 1e6),
        load=load or Counting(),
    )


def watched(most_mb, *servables):
    residency = Residency(most_mb)
    residency.watch(servables)
    return residency


def test_who_was_asked_longest_ago_goes_first():
    first, second, third = (servable(name, 10) for name in "abc")
    residency = watched(90, first, second, third)
    first.student()
    second.student()
    first.student()
    third.student()
    assert (first.loaded, second.loaded, third.loaded) == (True, False, True)
    assert residency.evicted == 1


def test_an_unloaded_student_comes_back():
    load = Counting()
    first, second = servable("a", 10, load), servable("b", 10)
    watched(50, first, second)
    for _ in range(3):
        assert first.student().answer("x").message.text == "X"
        second.student()
    assert load.made == 3


def test_without_a_limit_all_stay():
    students = [servable(str(n), 1_000) for n in range(5)]
    watched(None, *students)
    for each in students:
        each.student()
    assert all(each.loaded for each in students)


def test_one_that_is_larger_than_the_limit_is_loaded_alone():
    small, large = servable("small", 1), servable("large", 100)
    watched(20, small, large)
    small.student()
    large.student()
    assert (small.loaded, large.loaded) == (False, True)
