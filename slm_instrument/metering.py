"""Objects that OpenTelemetry metrics tell of, as long as they live.

Instruments are made once for a process, the first time something is to be measured, and read when the application
exports: until it sets a meter provider they cost nothing. Without ``opentelemetry-api`` there are none.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import WeakKeyDictionary, ref

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation

T = TypeVar("T")
Point = tuple[float, Mapping[str, str | bool]]  # a value, and its attributes
Instrument = Callable[["CallbackOptions"], "Iterable[Observation]"]


class Metered(Generic[T]):
    """The living objects of one kind.

    Args:
        attribute: Tells the objects of a process from each other, by their numbers from 1.
        add_instruments: Makes the instruments, with callbacks from :meth:`each`.
    """

    def __init__(self, attribute: str, add_instruments: Callable[["Meter"], None]) -> None:
        self._attribute = attribute
        self._add_instruments = add_instruments
        self._objects: WeakKeyDictionary[T, str] = WeakKeyDictionary()
        self._numbers = itertools.count(1)
        self._metered = False

    def observe(self, measured: T) -> Callable[[], None]:
        """Measure an object as long as it lives, which this does not prolong.

        Returns:
            What ends it.
        """
        self._objects[measured] = str(next(self._numbers))
        if not self._metered:
            self._metered = True
            with suppress(ImportError):
                from opentelemetry.metrics import get_meter

                self._add_instruments(get_meter("slm_instrument"))
        reference = ref(measured)

        def end() -> None:
            observed = reference()
            if observed is not None:
                self._objects.pop(observed, None)

        return end

    def number_of(self, measured: T) -> str | None:
        """By what an object is told from the others; None where it is not measured."""
        return self._objects.get(measured)

    def each(self, points: Callable[[T], Iterable[Point]]) -> Instrument:
        """What an instrument calls: the points of every object."""

        def callback(options: "CallbackOptions") -> "Iterable[Observation]":
            from opentelemetry.metrics import Observation

            for measured, number in list(self._objects.items()):
                for value, attributes in points(measured):
                    yield Observation(value, {self._attribute: number, **attributes})

        return callback
