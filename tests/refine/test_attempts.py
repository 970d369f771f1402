"""What is noted of trainings that did not end well."""

from slm_instrument.refine.attempts import ATTEMPTS, Attempts


def test_a_training_that_is_begun_and_never_ends_is_known_to_the_next_process(tmp_path):
    models = tmp_path / "models"
    Attempts(models).begin("t1", 300, "how")
    Attempts(models).begin("t1", 310, "how")
    found = Attempts(models).of("t1")
    assert (found.times, found.usable, found.error) == (2, 310, None)
    assert Attempts(models).of("t2") is None


def test_an_error_is_kept_until_a_student_is_written(tmp_path):
    attempts = Attempts(tmp_path)
    attempts.begin("t1", 300, "how")
    attempts.fail("t1", "the disk is full", hopeless=False)
    assert Attempts(tmp_path).of("t1").error == "the disk is full"
    attempts.begin("t1", 300, "how")
    attempts.end("t1")
    assert Attempts(tmp_path).of("t1") is None


def test_a_damaged_file_is_as_none(tmp_path):
    Attempts(tmp_path).begin("t1", 300, "how")
    (tmp_path / ATTEMPTS).write_text("{")
    attempts = Attempts(tmp_path)
    assert attempts.of("t1") is None
    attempts.begin("t1", 300, "how")
    assert Attempts(tmp_path).of("t1").times == 1
