"""The engine that needs nothing: this process, one item after the other."""

from collections.abc import Callable, Iterator, Sequence

from slm_instrument.scale.base import Encoder, R, T


class LocalEngine:
    """Works in the caller's thread; see :class:`slm_instrument.scale.base.Engine`."""

    name = "local"

    def map(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """The results for the items, each made when it is asked for."""
        return map(work, items)

    def embedder(self, make: Callable[[], Encoder]) -> Encoder:
        """What ``make`` makes."""
        return make()

    def close(self) -> None:
        """Nothing was started."""
