"""Who has answered under a mode that somebody has set: a student that was only copied beside it later has not.

When a student was made does not tell when it came into a models folder. A running process sees that itself; for one
that starts anew, the store's counts of decisions tell who has served since.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from slm_instrument.runtime.decision import Reason
from slm_instrument.store import KILL_SWITCH, Flag, Mode, Store

_SERVING = (Mode.CANARY, Mode.ON)
_SERVED = frozenset({Reason.SUBSTITUTED, Reason.LOW_CONFIDENCE, Reason.AUDIT, Reason.NOT_SAMPLED})
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Incumbents:
    """The students that have served a task under the flag that was set at ``set_at``."""

    set_at: datetime
    bundles: frozenset[str]

    def under(self, flag: Flag) -> frozenset[str]:
        """Those that have served under a flag; none where it is not the one that was looked at."""
        return self.bundles if flag.set_at == self.set_at else frozenset()


def kept_under(flag: Flag, known: Mapping[str, Incumbents]) -> frozenset[str]:
    """The students that have served under a flag, of what is known by task."""
    served = known.get(flag.task_id)
    return frozenset() if served is None else served.under(flag)


def incumbents(store: Store, flags: Mapping[str, Flag]) -> dict[str, Incumbents]:
    """Who has served under the flags that are set now, by task; for modes that were set by hand.

    Decisions are counted by the hour. So those of the hour in which a flag was set count only where students could not
    have served earlier in it: else whoever sets a flag again, to adopt a newer student, would get the old one.

    Args:
        store: Its tallies and the history of its flags are read.
        flags: The current flags by task.

    Raises:
        SlmInstrumentError: the store cannot be read.
    """
    by_hand = {task_id: flag for task_id, flag in flags.items() if flag.mode in _SERVING and task_id != KILL_SWITCH}
    if not by_hand:
        return {}
    history = store.flag_history()
    since = {task_id: _since(flag, [e for e in history if e.task_id == task_id]) for task_id, flag in by_hand.items()}
    decided = {at: store.decided(since=at) for at in set(since.values())}
    return {
        task_id: Incumbents(
            flag.set_at,
            frozenset(
                each.bundle_id
                for each in decided[since[task_id]]
                if each.task_id == task_id and each.bundle_id and each.mode in _SERVING and each.reason in _SERVED
            ),
        )
        for task_id, flag in by_hand.items()
    }


def _since(flag: Flag, history: list[Flag]) -> datetime:
    """The hour from which on whatever was answered was answered under this flag."""
    hour = flag.set_at.replace(minute=0, second=0, microsecond=0)
    before = [each for each in history if each.set_at < flag.set_at]
    in_force = [each for at, each in enumerate(before, start=1) if at == len(before) or before[at].set_at > hour]
    served_before = any(each.mode in (*_SERVING, Mode.AUTO) for each in in_force)
    return hour + _HOUR if served_before else hour
