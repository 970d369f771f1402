import threading

from slm_instrument.runtime.upkeep import Job, Upkeep

from .helpers import until


class Counter:
    def __init__(self, error=None):
        self.runs = 0
        self.error = error

    def __call__(self):
        self.runs += 1
        if self.error is not None:
            raise self.error


def test_jobs_are_done_again_and_again():
    often, seldom = Counter(), Counter()
    upkeep = Upkeep(Job("often", 0.01, often), Job("seldom", 600, seldom))
    upkeep.keep_running()
    until(lambda: often.runs >= 3)
    upkeep.close(5)
    assert seldom.runs == 0


def test_a_job_can_be_hurried():
    seldom = Counter()
    upkeep = Upkeep(Job("seldom", 600, seldom))
    upkeep.keep_running()
    until(lambda: threading.active_count() > 1)
    until(lambda: upkeep.hurry("seldom") or seldom.runs >= 1)
    upkeep.close(5)


def test_one_that_fails_is_told_once_and_stops_no_other(caplog):
    failing, sound = Counter(OSError("the disk is gone")), Counter()
    upkeep = Upkeep(Job("writing", 0.01, failing), Job("reading", 0.01, sound))
    upkeep.keep_running()
    until(lambda: failing.runs >= 3 and sound.runs >= 3)
    upkeep.close(5)
    assert caplog.text.count("writing fails and is tried again: OSError: the disk is gone") == 1


def test_nothing_starts_after_it_was_closed():
    upkeep = Upkeep(Job("often", 0.01, Counter()))
    upkeep.close(1)
    upkeep.keep_running()
    assert not any(thread.name == "slm-instrument-upkeep" for thread in threading.enumerate())


def test_one_that_is_hurried_while_it_runs_runs_again_at_once():
    ran = []

    def work():
        ran.append(len(ran))
        if len(ran) == 1:
            upkeep.hurry("work")

    upkeep = Upkeep(Job("work", 600, work))
    upkeep.keep_running()
    until(lambda: upkeep.hurry("work") if not ran else len(ran) >= 2)
    upkeep.close(5)
