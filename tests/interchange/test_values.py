"""Numbers and times as exports write them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from slm_instrument.interchange.values import milliseconds, origin_in, read_figure, read_time, short_notes

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T12:00:00Z",
        "2026-03-01T14:00:00+02:00",
        "2026-03-01 12:00:00.000000",
        NOON.timestamp(),
        str(NOON.timestamp()),
        int(NOON.timestamp() * 1000),
    ],
)
def test_a_time_is_read_in_every_form(value: Any):
    assert read_time(value) == NOON


@pytest.mark.parametrize("value", [None, "", "soon", True, [], float("nan"), "nan", 1e300, "2026-13-01"])
def test_what_is_no_time_is_none(value: Any):
    assert read_time(value) is None


def test_a_date_of_eight_digits_is_no_number_of_seconds():
    assert read_time("20260301") == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(("value", "figure"), [(2, 2.0), ("0.25", 0.25), ("x", None), (True, None), ("inf", None)])
def test_a_figure_may_be_written_as_text(value: Any, figure: float | None):
    assert read_figure(value) == figure


def test_a_duration_is_never_negative():
    assert milliseconds(NOON, NOON) == 0
    assert milliseconds(NOON, datetime(2026, 3, 1, 11, tzinfo=UTC)) is None
    assert milliseconds(None, NOON) is None


def test_the_most_telling_id_is_the_origin_and_no_label():
    notes = {"session_id": "s", "user_id": 7, "customer": "gold", "ls_provider": "openai", "long": "x" * 1000}
    assert origin_in({"thread_id": "t"}, notes) == "7"
    assert short_notes(notes) == {"customer": "gold"}
