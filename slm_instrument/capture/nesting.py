"""One call seen by two integrations: the outer one records it, for it knows the agent and the trace.

A framework's call to a model often ends in the OpenAI SDK, and both may be instrumented. An integration that can tell,
in the caller's context, that it is going to record the call under way says so by a probe; one further down asks
:func:`covered` before it records.
"""

from collections.abc import Callable

_probes: list[Callable[[], bool]] = []


def covers(probe: Callable[[], bool]) -> Callable[[], None]:
    """Register a probe, which must be cheap: whether a call under way in this context is recorded further up.

    Returns:
        What takes the probe back.
    """
    _probes.append(probe)

    def remove() -> None:
        if probe in _probes:
            _probes.remove(probe)

    return remove


def covered() -> bool:
    """Whether the call under way in this context is recorded further up. Never raises."""
    for probe in _probes:
        try:
            if probe():
                return True
        except Exception:  # an integration's bug: recording twice is better than not at all
            continue
    return False
