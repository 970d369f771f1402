"""The recorder: what agents and integrations hand calls to."""

import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from slm_instrument.addresses import absolute_url, parse_url
from slm_instrument.audience import HumanRule
from slm_instrument.capture import lifecycle
from slm_instrument.capture.feedback import outcome_of
from slm_instrument.capture.jobs import Record
from slm_instrument.capture.keeper import Keeper
from slm_instrument.capture.metrics import observe
from slm_instrument.capture.sink import Sink
from slm_instrument.capture.sound import sound
from slm_instrument.capture.spool import DEFAULT_SPOOL_BYTES, Spool
from slm_instrument.capture.stats import RecorderStats
from slm_instrument.capture.writer import Writer
from slm_instrument.config import Settings, disabled
from slm_instrument.errors import ConfigError, StoreKeyError
from slm_instrument.records import OWN_TRACE, Call, Outcome
from slm_instrument.redaction.policy import Policies
from slm_instrument.redaction.settings import read_policies
from slm_instrument.store import Store
from slm_instrument.store.engine import make_engine
from slm_instrument.vault import KeyProvider


class Recorder:
    """Records calls into a store without ever getting in the agent's way.

    Callers leave a call and go on; a thread of the recorder makes the record and writes it, some 100 ms later. While
    the store cannot be written, calls wait in a file (mode 0600) beside it and are written, oldest first, when it can
    be again, if need be by the next process. Nothing is lost silently: :meth:`stats` counts, and the logger
    ``slm_instrument`` says once when calls are delayed, written at last, or lost. What is queued is written at exit.
    Where OpenTelemetry is set up, the counts are its metrics too (``slm_instrument.recorder.*``).

    One recorder serves a whole process: it may be used from any thread or event loop, and after a fork.

    >>> with Recorder("memory://") as recorder:
    ...     recorder.record(Call())
    ...     recorder.flush(timeout=10), recorder.stats().written
    (True, 1)

    Args:
        store: A store's address (any SQLAlchemy URL), or an open store, which the recorder will not close. Default:
            ``$SLM_INSTRUMENT_STORE``, then ``sqlite:///slm_instrument.db``. It is opened on the writer's thread at the
            first call: a store that cannot be reached delays calls and stops no agent.
        app: The application's name, for calls that bring none. Default: ``$SLM_INSTRUMENT_APP``.
        human: Patterns of calls that talk to a person (:class:`slm_instrument.audience.HumanRule`): globs over the
            agent's name, as ``concierge*``, or over a label, as ``node=chat_*``. One text may hold several,
            comma-separated. Default: ``$SLM_INSTRUMENT_HUMAN``. Such calls are recorded, and never analysed or trained
            on.
        queue: How many calls may wait in memory. Default: ``$SLM_INSTRUMENT_QUEUE``, then 10,000.
        spool_bytes: How many bytes of calls may wait on disk; what comes then is lost, and counted.
        keys: What holds the store's master key; see :func:`slm_instrument.store.open_store`.
        redaction: What is masked before it is written; see there, too.

    Raises:
        ConfigError: the address means nothing, its driver is not installed, the redaction is none, or a number makes
            no sense.
    """

    def __init__(
        self,
        store: str | Store | None = None,
        *,
        app: str | None = None,
        human: str | Iterable[str] | None = None,
        queue: int | None = None,
        spool_bytes: int = DEFAULT_SPOOL_BYTES,
        keys: KeyProvider | None = None,
        redaction: Policies | str | None = None,
    ) -> None:
        settings = Settings.from_env()
        target = store if store is not None else settings.store
        queue = queue if queue is not None else settings.queue
        if queue < 1 or spool_bytes < 0:
            raise ConfigError(f"a recorder with queue={queue} and spool_bytes={spool_bytes} cannot hold a call")
        self._store = target
        url = absolute_url(parse_url(target if isinstance(target, str) else target.url))
        opening: Mapping[str, Any] = {}
        if isinstance(target, str):
            make_engine(url).dispose()  # connects to nothing, but knows whether there is a driver
            target = url.render_as_string(hide_password=False)
            policies = redaction if isinstance(redaction, Policies) else read_policies(redaction)
            opening = {"keys": keys, "redaction": policies}
        elif keys is not None or redaction is not None:
            raise ConfigError("an open store has its keys and its redaction already; give them to open_store")
        else:
            with suppress(StoreKeyError):  # the writer will say so
                keys = target.key_provider
        rule = HumanRule.parse(settings.human if human is None else human)
        self._completed = partial(_completed, app=app or settings.app, rule=rule)
        finish = partial(_finished, completed=self._completed)
        keeper = Keeper(Sink(target, opening), Spool(url, max_bytes=spool_bytes, keys=keys))
        self._writer = Writer(keeper, limit=queue, finish=finish, on_start=lifecycle.writing_begins)
        lifecycle.register(self._writer)
        observe(self)
        self._finalizer = weakref.finalize(self, self._writer.stop)
        self._finalizer.atexit = False  # at exit the writer is waited for

    @property
    def store(self) -> str | Store:
        """The store's address, or the open store, as it was given."""
        return self._store

    def completed(self, call: Call) -> Call:
        """The call as it would be written: under the recorder's app, and marked when it talks to a person."""
        return self._completed(call)

    def record(self, call: Call) -> None:
        """Leave a call to be written. Returns at once and never raises."""
        if not disabled():
            self._writer.put(call)

    def submit(self, build: Callable[[], Call]) -> None:
        """Leave what will make the call; it runs on the writer's thread, where it may take its time, and may raise."""
        if not disabled():
            self._writer.put(build)

    def feedback(
        self,
        *,
        call_id: str | None = None,
        trace_id: str | None = None,
        session: str | None = None,
        good: bool | None = None,
        score: float | None = None,
        name: str = "feedback",
    ) -> None:
        """Leave word of what came of a call, or of all calls of a trace. Returns at once and never raises.

        Students neither learn from calls that failed nor are measured on them. What is said later under the same name
        replaces what was said before. Feedback that says nothing, or of nothing, is counted among the errors.

        >>> with Recorder("memory://") as recorder:
        ...     recorder.feedback(trace_id="run-17", good=False)

        Args:
            call_id: the call.
            trace_id: the trace, as on its calls.
            session: the trace, by the application's own name of it: a LangGraph ``thread_id``, a session.
            good: whether it did what it was for.
            score: the same as a figure in 0..1; from 0.5 it is good, where ``good`` does not say otherwise.
            name: who judges, or what, where there are several.
        """
        if not disabled():
            trace = trace_id if session is None else f"{OWN_TRACE}{session}"
            now = datetime.now(UTC)
            given = {"call_id": call_id, "trace_id": trace, "good": good, "score": score, "name": name, "at": now}
            self._writer.put(partial(outcome_of, **given))

    def flush(self, timeout: float | None = 10.0) -> bool:
        """Wait until everything recorded before is in the store.

        Args:
            timeout: Seconds to wait at most; None waits as long as it takes.

        Returns:
            True when every call recorded before is durably in the store. False when the time was too short, the store
            cannot be written (the calls are then in the spool), or a call was lost since the flush before.
        """
        return self._writer.flush(timeout)

    def stats(self) -> RecorderStats:
        """What became of the calls so far."""
        return self._writer.stats()

    def lag(self) -> float | None:
        """Seconds from the end of a call to its commit, of the latest batch; None before the first."""
        return self._writer.lag

    def close(self, timeout: float = lifecycle.EXIT_TIMEOUT_S) -> None:
        """Write everything, or leave it in the spool when the store does not answer in time, and end.

        Calls recorded later are counted as dropped. Closing twice does nothing.
        """
        self._writer.close(timeout)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def needs_recorder(given: object) -> None:
    """Tell whoever gives something else where a recorder is needed, and would find out when nothing is recorded.

    Raises:
        TypeError: it is no recorder.
    """
    if not callable(getattr(given, "submit", None)):
        raise TypeError(f"a Recorder is needed here, not {given!r}; make one of a store's address: Recorder(address)")


def _finished(record: Record, *, completed: Callable[[Call], Call]) -> Record:
    return record if isinstance(record, Outcome) else completed(record)


def _completed(call: Call, *, app: str | None, rule: HumanRule) -> Call:
    if call.app is None and app is not None:
        call = replace(call, app=app)
    return rule.on(sound(call))
