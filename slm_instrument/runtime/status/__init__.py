"""Where every task stands: its mode, its students, who answers its calls, how well, and what that saves."""

from slm_instrument.runtime.status.savings import Money, money
from slm_instrument.runtime.status.state import Moved, Status, StudentStatus, TaskStatus, to_json
from slm_instrument.runtime.status.students import Deployed, seen_by_agents, setting_of, students_in_use
from slm_instrument.runtime.status.table import StatusTable
from slm_instrument.runtime.status.tasks import BY_CHOICE, status

__all__ = [
    "BY_CHOICE",
    "Deployed",
    "Money",
    "Moved",
    "Status",
    "StatusTable",
    "StudentStatus",
    "TaskStatus",
    "money",
    "seen_by_agents",
    "setting_of",
    "status",
    "students_in_use",
    "to_json",
]
