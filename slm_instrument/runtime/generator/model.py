"""A language model in ONNX, run token by token: ids in, logits out, keys and values kept between passes.

The graph is the one that :mod:`slm_instrument.train.generator.export` writes: ``input_ids``, ``attention_mask`` and
``kept`` (of how many last positions logits are wanted), the keys and values of every layer, and the weights of an
adapter, which are zero unless bound. Past and present keys and values are bound to the same memory, sized for the whole
answer beforehand: nothing is copied from pass to pass, and a pass that went too far is undone by counting back.

One session serves all tasks that share a base and all threads; what differs is bound per answer.
"""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from slm_instrument.errors import BundleError
from slm_instrument.runtime.onnx import libraries, session

FloatArray = npt.NDArray[np.float32]
Adapter = Mapping[str, FloatArray]

KEPT = "kept"
LOGITS = "logits"
PAST, PRESENT = "past_key_values.", "present."
ADAPTER = "adapter."  # begins the names of an adapter's weights


class LanguageModel:
    """A model loaded once for all that use it; see :func:`language_model`."""

    def __init__(self, model: Path, threads: int) -> None:
        _, onnxruntime, _ = libraries()
        self._values: Any = onnxruntime.OrtValue.ortvalue_from_numpy
        try:
            self.session: Any = session(onnxruntime, model, threads, cuda=False)
            inputs = {each.name: each.shape for each in self.session.get_inputs()}
            self.vocabulary = int(self.session.get_outputs()[0].shape[-1])
            self.past = [name for name in inputs if name.startswith(PAST)]
            _, self.heads, _, self.width = inputs[self.past[0]]
        except Exception as error:  # ONNX Runtime raises bare Exception subclasses of its own for bad content
            reason = str(error).strip().partition("\n")[0]
            raise BundleError(f"{model}: the language model cannot be loaded: {reason}") from error
        overridable = self.session.get_overridable_initializers()
        self.weights: dict[str, tuple[int | str, ...]] = {
            each.name: tuple(each.shape) for each in overridable if each.name.startswith(ADAPTER)
        }

    def bindable(self, adapter: Adapter) -> Mapping[str, Any]:
        """An adapter's weights as they are bound to a run.

        Raises:
            BundleError: they are not those of this model.
        """
        for name, array in adapter.items():
            shape = self.weights.get(name, ())
            # The rank is open, in the graph a name instead of a number.
            fits = (isinstance(wanted, str) or wanted == got for wanted, got in zip(shape, array.shape, strict=False))
            if len(shape) != array.ndim or array.dtype != np.float32 or not all(fits):
                raise BundleError(f"the adapter's {name} is not a weight of its base model")
        return {name: self._values(np.ascontiguousarray(array)) for name, array in adapter.items()}

    def memory(self, tokens: int) -> Mapping[str, FloatArray]:
        """Keys and values for so many tokens, not yet computed."""
        return {name: np.empty((1, self.heads, tokens, self.width), np.float32) for name in self.past}

    def bind(self, memory: Mapping[str, FloatArray], adapter: Mapping[str, Any]) -> Any:
        """A binding of the session to that memory and that adapter."""
        binding = self.session.io_binding()
        for name, array in memory.items():
            value = self._values(array)
            binding.bind_ortvalue_input(name, value)
            binding.bind_ortvalue_output(name.replace(PAST, PRESENT), value)
        for name, value in adapter.items():
            binding.bind_ortvalue_input(name, value)
        return binding


class Reading:
    """One text in the reading: what a model has seen so far. Not shared between threads.

    Args:
        model: The model that reads.
        adapter: The weights that fit it to a task (:meth:`LanguageModel.bindable`).
        capacity: Tokens that it will be fed at most.
        after: A reading to go on from; its memory is copied, and it stays as it is.
    """

    def __init__(
        self, model: LanguageModel, adapter: Mapping[str, Any], capacity: int, after: "Reading | None" = None
    ) -> None:
        self._model = model
        self._memory = model.memory(capacity)
        self.length = 0
        if after is not None:
            self.length = after.length
            for name, array in self._memory.items():
                array[:, :, : self.length] = after._memory[name][:, :, : self.length]
        self._binding = model.bind(self._memory, adapter)

    def feed(self, ids: Sequence[int], keep: int = 1) -> FloatArray:
        """Read on; the logits (keep, vocabulary) after each of the last ``keep`` tokens."""
        ends = self.length + len(ids)
        self._binding.bind_cpu_input("input_ids", np.array([ids], dtype=np.int64))
        self._binding.bind_cpu_input("attention_mask", np.ones((1, ends), dtype=np.int64))
        self._binding.bind_cpu_input(KEPT, np.array([keep], dtype=np.int64))
        self._binding.bind_output(LOGITS, "cpu")  # anew every time: what was allocated for it has the last pass's size
        self._model.session.run_with_iobinding(self._binding)
        self.length = ends
        return self._binding.get_outputs()[-1].numpy()[0]

    def rewind(self, length: int) -> None:
        """Forget what was read behind that many tokens."""
        self.length = min(self.length, length)


_loaded: WeakValueDictionary[tuple[Path, int], LanguageModel] = WeakValueDictionary()
_loading = threading.Lock()


def language_model(model: Path, threads: int) -> LanguageModel:
    """The model of that file, the one in memory where another student uses it already.

    Raises:
        BundleError: the file holds no such model.
        MissingExtraError: ONNX Runtime, tokenizers or numpy is not installed.
    """
    key = (model.resolve(), threads)
    with _loading:
        found = _loaded.get(key)
        if found is None:
            found = _loaded[key] = LanguageModel(model, threads)
        return found
