"""What a task's calls cost, and what a student in the LLM's place would save.

A student is asked about every call that a template recognises. What its gate then declines goes to the LLM all the
same, so such a call costs twice; the sum can be negative, and is shown so. Two things that are easily left out of such
sums ("Small Language Models are the Future of Agentic AI", 2025, counter-arguments CA3 and CA4):

- *Utilisation* (CA3). A student runs inside the agent's process and pays for the CPU time it takes. On a server of its
  own it pays for the idle time too: ``utilisation`` is the share of the paid time in which it works.
- *Fixed cost* (CA4). Training is paid once, whatever is saved after, so it stands apart, in core-hours and dollars.
  People's time is not in it.

The seconds are measurements on one core of a server (AMD EPYC): MiniLM-class classifiers, int8, 1.4 ms for a short
text and 37 ms for 256 tokens; SmolLM2-135M, int8, about a second for 64 tokens of answer. They are estimates for any
other machine or student; certification measures the real ones.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from slm_instrument.analyze.result import Spent
from slm_instrument.canonical import AnswerKind
from slm_instrument.config import CORE_HOUR_USD
from slm_instrument.errors import ConfigError
from slm_instrument.store.base import Task

PER_TOKENS = 1_000_000  # what prices are for
MONTH = timedelta(days=365.25 / 12)
MIN_SPAN = timedelta(days=1)  # of a log, to say anything of a month
GENERATED_TOKENS = 64  # of an answer that takes a generator ``generator_seconds``; a longer one takes longer
# Core-seconds of training for one call, three epochs: 134 s on two cores for 1,500 texts and five epochs of a
# classifier; 0.56 s on two cores for a call and epoch of a generator that sees the slots alone.
CLASSIFIER_TRAINING, GENERATOR_TRAINING = 0.11, 3.4
MOST_EXAMPLES = 20_000  # calls that a student is trained on, as in curate.dataset: more teach it little

_HOUR = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The user's prices in US dollars, and how long a student takes.

    ``input_usd``, ``output_usd`` and ``cached_usd`` are for a million tokens, for all models alike; without them a call
    costs what was recorded, or the list price of its model. ``cached_usd`` is for input that the provider had cached,
    by default as much as other input. ``core_hour_usd`` is an hour of one CPU core, by default that of a rented
    server (:data:`slm_instrument.config.CORE_HOUR_USD`); reserved, spot and own machines are cheaper.

    Raises:
        ConfigError: a price that is negative or no number, one of input and output without the other, or a utilisation
            outside of 0..1.
    """

    input_usd: float | None = None
    output_usd: float | None = None
    cached_usd: float | None = None
    core_hour_usd: float = CORE_HOUR_USD
    classifier_seconds: float = 0.005
    generator_seconds: float = 1.0
    utilisation: float = 1.0

    def __post_init__(self) -> None:
        given = (self.input_usd, self.output_usd, self.cached_usd)
        rates = (self.core_hour_usd, self.classifier_seconds, self.generator_seconds)
        if any(not math.isfinite(value) or value < 0 for value in (*given, *rates) if value is not None):
            raise ConfigError("prices and seconds are numbers that are not negative")
        if (self.input_usd is None) != (self.output_usd is None) or (self.cached_usd is not None and None in given):
            raise ConfigError("prices of tokens go together: those of input and output, and with them that of cached")
        if not 0 < self.utilisation <= 1:
            raise ConfigError("the utilisation is a share of the paid time: above 0, at most 1")

    def llm_usd(self, task: Task) -> float | None:
        """What the LLM costs for a task's calls; None where that is not known."""
        usd = self.tokens_usd(Spent(task.input_tokens, task.cached_tokens, task.output_tokens))
        return task.cost_usd if usd is None else usd

    def tokens_usd(self, spent: Spent) -> float | None:
        """What tokens cost at the prices that were given; None where none were."""
        if self.input_usd is None or self.output_usd is None:
            return None
        cached_usd = self.input_usd if self.cached_usd is None else self.cached_usd
        fresh = spent.input - spent.cached
        return (fresh * self.input_usd + spent.cached * cached_usd + spent.output * self.output_usd) / PER_TOKENS

    def core_usd(self, seconds: float) -> float:
        """What one core costs for that long, idle time included."""
        return seconds / _HOUR * self.core_hour_usd / self.utilisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What a student would save on the calls of a log; US dollars, None where the LLM's price is not known.

    ``net_usd`` is the part of ``llm_usd`` that a student would take over, less ``student_usd``, what the student costs;
    ``per_month_usd`` the same for a month at the log's rate, None where the log is shorter than a day or has no times.
    ``training_core_hours`` and ``training_usd`` are paid once.
    """

    llm_usd: float | None
    student_usd: float
    net_usd: float | None
    per_month_usd: float | None
    training_core_hours: float
    training_usd: float


def savings(tasks: Sequence[Task], prices: Prices) -> dict[str, Saving]:
    """What students would save, by task id. The replaceable share of a task is an estimate, and so is this."""
    months = _months(tasks)
    return {task.id: _saving(task, prices, months.get(task.app)) for task in tasks}


def prices_from_text(
    input: str | None = None, output: str | None = None, cached: str | None = None, core_hour: str | None = None
) -> Prices:
    """Prices as they are written on a command line: numbers without a currency, None where not given.

    Raises:
        ConfigError: a text that is no price, or prices that make no sense together.
    """
    usual = Prices().core_hour_usd if core_hour is None else _price(core_hour)
    input_usd, output_usd, cached_usd = (None if text is None else _price(text) for text in (input, output, cached))
    return Prices(input_usd=input_usd, output_usd=output_usd, cached_usd=cached_usd, core_hour_usd=usual)


def _price(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise ConfigError(f"{text!r} is no price: write US dollars as a number, such as 2.5")
    return value


def _saving(task: Task, prices: Prices, months: float | None) -> Saving:
    llm_usd = prices.llm_usd(task)
    student_usd = prices.core_usd(task.calls * task.matchable * _seconds(task, prices))
    # The estimate is over all calls of the task; only those that a template recognises reach the student.
    net_usd = None if llm_usd is None else llm_usd * task.replaceable * task.matchable - student_usd
    training = min(task.calls, MOST_EXAMPLES) * (CLASSIFIER_TRAINING if _chooses(task) else GENERATOR_TRAINING)
    return Saving(
        llm_usd=llm_usd,
        student_usd=student_usd,
        net_usd=net_usd,
        per_month_usd=None if net_usd is None or months is None else net_usd / months,
        training_core_hours=training / _HOUR,
        training_usd=training / _HOUR * prices.core_hour_usd,
    )


def _seconds(task: Task, prices: Prices) -> float:
    """How long a student takes for a call."""
    if _chooses(task):
        return prices.classifier_seconds
    answer = task.output_tokens / task.calls if task.calls else 0.0
    return prices.generator_seconds * max(1.0, answer / GENERATED_TOKENS)


def _chooses(task: Task) -> bool:
    return task.kind is AnswerKind.CLOSED_SET


def _months(tasks: Iterable[Task]) -> dict[str | None, float]:
    """How long each application's log is; it is not in there when that says nothing of a month."""
    times = defaultdict[str | None, list[float]](list)
    for task in tasks:
        times[task.app] += [at.timestamp() for at in (task.first_at, task.last_at) if at is not None]
    spans = {app: timedelta(seconds=max(own) - min(own)) for app, own in times.items() if own}
    return {app: span / MONTH for app, span in spans.items() if span >= MIN_SPAN}
