"""Whether it would pay to put texts that wait at the same time to a classifier together, on the CPU.

A batch is padded to its longest text. It is measured as it would come about by waiting (texts as they come) and as it
could be at best (texts of one length together, which nobody who waits has). A quantised model scales activations by
what is in the batch, so the answer to a text depends on its neighbours: how far is measured, too.
"""

import time
from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.serving.latency import stay_on_one_core
from benchmarks.serving.student import models_folder
from benchmarks.serving.workload import texts
from slm_instrument.runtime.bundle import Bundle, find_bundles
from slm_instrument.runtime.classifier import LOGITS
from slm_instrument.runtime.onnx import libraries, session
from slm_instrument.runtime.reading import Tokens
from slm_instrument.runtime.specs import MODEL, TOKENIZER, ClassifierSpec

SIZES = (1, 2, 4, 8, 16, 32)


def batching(rounds: int, count: int) -> dict[str, Any]:
    """Milliseconds of CPU for a text, by the size of the batch: the medians over the rounds, on one core."""
    stay_on_one_core()
    numpy, onnxruntime, _ = libraries()
    [bundle] = [bundle for _, bundle in find_bundles(models_folder()) if isinstance(bundle, Bundle)]
    assert isinstance(bundle.manifest.student, ClassifierSpec)
    tokens = Tokens(bundle.read(TOKENIZER), bundle.manifest.student.max_tokens)
    model = session(onnxruntime, bundle.read(MODEL), 1)
    ids: list[list[int]] = [tokens.encode(text)[0].ids for text in texts(count)]

    def answer(batch: Sequence[list[int]]) -> Any:
        """The logits (texts, labels)."""
        longest = max(map(len, batch))
        padded = numpy.array([[*each, *[0] * (longest - len(each))] for each in batch], dtype=numpy.int64)
        mask = numpy.array([[1] * len(each) + [0] * (longest - len(each)) for each in batch], dtype=numpy.int64)
        return model.run([LOGITS], {"input_ids": padded, "attention_mask": mask})[0]

    def logits(inputs: Sequence[list[int]], size: int) -> Any:
        return numpy.concatenate([answer(inputs[at : at + size]) for at in range(0, len(inputs), size)])

    alone = logits(ids, 1)
    orders = {"as they come": ids, "of one length": sorted(ids, key=len)}
    took: dict[tuple[str, int], list[float]] = {(order, size): [] for order in orders for size in SIZES}
    for _ in range(rounds):
        for (order, size), seconds in took.items():
            started = time.process_time()
            logits(orders[order], size)
            seconds.append(time.process_time() - started)
    rows = [
        {"order": order, "size": size, "cpu_ms": round(median(seconds) / count * 1e3, 3)}
        for (order, size), seconds in took.items()
    ]
    together = logits(ids, 16)
    return {
        "unit": "ms of CPU for a text",
        "tokens": {"mean": round(sum(map(len, ids)) / count, 1), "most": max(map(len, ids))},
        "rows": rows,
        "logits_differ_by": round(float(numpy.abs(together - alone).max()), 3),
        "logits_spread": round(float(alone.std()), 3),
        "answers_differ": int((together.argmax(axis=1) != alone.argmax(axis=1)).sum()),
    }
