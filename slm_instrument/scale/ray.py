"""The engine on a Ray cluster: the one at ``$RAY_ADDRESS``, or one of this machine's cores that ends with the engine.

The parts of the work are rows of a Ray Data pipeline, pickled here and not by Arrow, which would take objects apart. It
runs as plain tasks rather than as a pool of actors: a pool is started for every pipeline, and an analysis has many of
them, while the processes that run tasks stay, with the model they have loaded.

The workers of a cluster need this package, the extras of the job, and the key of the store.
"""

import os
import pickle
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from slm_instrument.errors import ConfigError, EngineError
from slm_instrument.scale.base import Encoder, R, T
from slm_instrument.scale.cluster import Cluster

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ATTEMPTS = 4  # at an item whose worker dies
CHUNK = 128  # texts an item: some seconds of work


class RayEngine:
    """Works on a Ray cluster; see :class:`slm_instrument.scale.base.Engine`.

    Where the process is connected to a cluster already, that one is used, and stays.

    Args:
        workers: Most items worked on at a time, one core each. Default: as many as the cluster has cores.
        address: The cluster's address. Default: ``$RAY_ADDRESS``, or none: a cluster on this machine.

    Raises:
        MissingExtraError: Ray is not installed.
        ConfigError: ``workers`` is less than one, or the cluster cannot be reached.
    """

    name = "ray"

    def __init__(self, *, workers: int | None = None, address: str | None = None) -> None:
        if workers is not None and workers < 1:
            raise ConfigError(f"workers is {workers}, not a positive number of them")
        self._cluster = Cluster(address or os.environ.get("RAY_ADDRESS"), workers)
        self._workers = workers or self._cluster.cores

    def map(self, work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """The results for the items, in their order; workers are ahead by some hundred megabytes at most."""
        ray = self._cluster.ray
        run = self._run if len(items) > 1 else self._run_alone
        try:
            for outcome in run(ray.cloudpickle.dumps(work), [ray.cloudpickle.dumps(item) for item in items]):
                result, error = pickle.loads(outcome)
                if error is not None:
                    raise error
                yield result
        except ray.exceptions.RayError as error:
            raise EngineError(f"the Ray cluster failed: {self._reason(error)}") from error

    def embedder(self, make: Callable[[], Encoder]) -> Encoder:
        """What ``make`` makes, at work on all workers."""
        return _RayEncoder(self, make().name, self._cluster.ray.cloudpickle.dumps(make))

    def close(self) -> None:
        """End the cluster, or leave it, where the engine started or joined it."""
        self._cluster.leave()

    def _run(self, work: bytes, items: list[bytes]) -> Iterator[bytes]:
        data = self._cluster.ray.data
        with self._cluster.settings():
            # A task an item: one with several would keep its core while it waits for the first results to be fetched,
            # and whoever has them done by the same cores, such as an embedding, would wait for ever.
            rows = data.from_items([{"item": item} for item in items], override_num_blocks=len(items)).map_batches(
                _outcomes,
                fn_args=(work,),
                batch_size=1,
                compute=data.TaskPoolStrategy(size=self._workers),
                max_retries=ATTEMPTS - 1,
            )
        for block in rows.iter_batches(batch_size=None, batch_format="pyarrow"):
            yield from (outcome.as_buffer() for outcome in block["outcome"])

    def _run_alone(self, work: bytes, items: list[bytes]) -> Iterator[bytes]:
        """Without a pipeline, which takes 0.2 s to set up."""
        ray = self._cluster.ray
        task = ray.remote(_outcome).options(max_retries=ATTEMPTS - 1)
        for item in items:
            yield ray.get(task.remote(work, item))

    def _reason(self, error: Exception) -> str:
        if isinstance(error, self._cluster.ray.exceptions.WorkerCrashedError):
            return f"a worker died {ATTEMPTS} times over the same work; it may have run out of memory"
        return str(error).strip().partition("\n")[0]


class _RayEncoder:
    """An encoder of which every worker has one."""

    def __init__(self, engine: RayEngine, name: str, make: bytes) -> None:
        self._engine = engine
        self._name = name
        self._make = make

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    def __call__(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """The texts' vectors, (n, d)."""
        import numpy as np

        # The longest first: the last items should be short ones, or one worker ends long before the other.
        distinct = sorted(set(texts), key=lambda text: (-len(text), text))
        chunks = [distinct[at : at + CHUNK] for at in range(0, len(distinct), CHUNK)] or [[]]
        vectors = np.concatenate(list(self._engine.map(partial(_encode, self._make), chunks)))
        position = {text: at for at, text in enumerate(distinct)}
        return vectors[[position[text] for text in texts]]


def _encode(make: bytes, texts: list[str]) -> "NDArray[np.float32]":
    return _made(make)(texts)


@lru_cache(maxsize=1)  # the worker's one model
def _made(make: bytes) -> Encoder:
    return pickle.loads(make)()


def _outcomes(batch: "Mapping[str, NDArray[np.object_]]", work: bytes) -> dict[str, list[bytes]]:
    """The outcomes for a batch, on a worker."""
    return {"outcome": [_outcome(work, item) for item in batch["item"]]}


def _outcome(work: bytes, item: bytes) -> bytes:
    """The pickled result for an item and None; or None and what was raised, to be raised by who wanted the result."""
    cloudpickle: Any = import_module("ray.cloudpickle")
    try:
        return cloudpickle.dumps((pickle.loads(work)(pickle.loads(item)), None))
    except Exception as error:
        error.add_note("".join(["Raised on a worker:\n", *traceback.format_exception(error)]))
        return cloudpickle.dumps((None, error))
