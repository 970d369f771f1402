"""What the application says of its calls, where no framework knows: whose agent, which trace, whom they talk to.

Annotations belong to a context (PEP 567), like OpenTelemetry's baggage: they hold for the calls begun inside the block,
in this thread or task and in the tasks it starts. Integrations read them when a call begins, on the caller's thread,
and put them on the record later.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, replace
from typing import Any

from slm_instrument.records import Audience, Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotations:
    """What is said of the calls of a context; None where nothing is."""

    agent: str | None = None
    app: str | None = None
    trace_id: str | None = None
    origin: str | None = None
    audience: Audience | None = None
    labels: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def on(self, call: Call) -> Call:
        """The call with what is said of it; what the framework itself told of agent, trace and app stays."""
        said: dict[str, Any] = {
            name: value
            for name in ("agent", "app", "trace_id")
            if (value := getattr(self, name)) is not None and getattr(call, name) is None
        }
        said |= {name: value for name in ("origin", "audience") if (value := getattr(self, name)) is not None}
        if self.labels:
            said["labels"] = {**call.labels, **self.labels}
        return replace(call, **said) if said else call


_NONE = Annotations()
_current: ContextVar[Annotations] = ContextVar("slm_instrument_annotations", default=_NONE)

annotations = _current.get
"""What is said of calls in this context, an :class:`Annotations`; takes a tenth of a microsecond."""


@contextmanager
def annotate(
    *,
    agent: str | None = None,
    app: str | None = None,
    trace_id: str | None = None,
    origin: str | None = None,
    audience: Audience | None = None,
    labels: Mapping[str, Any] | None = None,
) -> Generator[None]:
    """Say something of all calls made inside the block, over what an outer block says.

    >>> with annotate(agent="concierge", audience="human", origin="user-17"):
    ...     annotations().agent
    'concierge'

    Args:
        agent: Who makes the calls: the agent's role, where the framework names none.
        app: The application, where neither the framework nor the recorder names one.
        trace_id: The piece of work that they belong to, where the framework knows none.
        origin: The user, session or tenant they are made for; the store keeps a pseudonym only.
        audience: ``human`` for calls that talk to a person: they are recorded, and never analysed or trained on.
        labels: Free notes; never an input of the analysis.
    """
    given = Annotations(
        agent=agent, app=app, trace_id=trace_id, origin=origin, audience=audience, labels=dict(labels or {})
    )
    token = _current.set(_over(_current.get(), given))
    try:
        yield
    finally:
        _current.reset(token)


def _over(outer: Annotations, inner: Annotations) -> Annotations:
    said = {each.name: value for each in fields(inner) if (value := getattr(inner, each.name)) is not None}
    return replace(outer, **(said | {"labels": {**outer.labels, **inner.labels}}))
