"""What an engine is."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

T = TypeVar("T")
R = TypeVar("R")


class Encoder(Protocol):
    """Turns texts into vectors, as :class:`slm_instrument.analyze.embed.Embedder` says."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    def __call__(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """The texts' vectors, (n, d)."""
        ...


class Engine(Protocol):
    """Does work that falls into parts. The results are the same with every engine.

    Work and what it is given may have to travel to another machine: both can be pickled, and so can the results.
    """

    @property
    def name(self) -> str:
        """The engine's name, as the command line takes it."""
        ...

    def map(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """The results for the items, in their order, made as they are asked for: few of them are held at a time.

        An item may be worked on twice, when a worker died over it.

        Raises:
            EngineError: the workers do not survive the work.
            Exception: the first that the work raised, as it was raised.
        """
        ...

    def embedder(self, make: Callable[[], Encoder]) -> Encoder:
        """What ``make`` makes, at work wherever the engine works; each worker loads its model once."""
        ...

    def close(self) -> None:
        """Give back what was started for the engine; it cannot be used after."""
        ...
