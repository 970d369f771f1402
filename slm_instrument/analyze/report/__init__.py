"""An analysis for people, as tables and as a page, and for programs, as plain values."""

from slm_instrument.analyze.report.page import write_page
from slm_instrument.analyze.report.plain import tasks_to_json, to_json
from slm_instrument.analyze.report.terminal import render_table, tasks_table

__all__ = ["render_table", "tasks_table", "tasks_to_json", "to_json", "write_page"]
