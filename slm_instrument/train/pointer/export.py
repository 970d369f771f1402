"""From torch to ONNX: one graph that reads a prompt, one that makes a step, and the proof that both answer alike.

Both hold all members of the ensemble.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from slm_instrument.canonical import normal_form
from slm_instrument.errors import ExportError
from slm_instrument.runtime.bundle import Parity
from slm_instrument.runtime.pointer.decode import Built, Decoder
from slm_instrument.runtime.pointer.grammar import Grammar
from slm_instrument.runtime.pointer.marks import MARKS
from slm_instrument.runtime.pointer.model import AFFINITY, DECODER, ENCODER, HISTORY, MEMORY, STEP, OnnxPointer
from slm_instrument.runtime.pointer.spans import Prompt
from slm_instrument.runtime.pointer.wording import write
from slm_instrument.train.export import quantise, quiet
from slm_instrument.train.pointer.ensemble import Ensemble
from slm_instrument.train.pointer.network import History, Memory
from slm_instrument.train.pointer.reader import TorchReader

FP32_AGREEMENT = 0.99  # share of inputs with the same answer; the rest of 1 leaves room for ties of two spans
INT8_AGREEMENT = 0.95
PARITY_INPUTS = 200
_OPEN = torch.export.Dim.DYNAMIC


@dataclass(frozen=True, slots=True)
class Trained:
    """Trained networks in evaluation mode on the CPU, and what their answers are made with."""

    network: Ensemble
    tokenizer: Tokenizer
    grammar: Grammar
    max_tokens: int
    max_actions: int


@dataclass(frozen=True, slots=True)
class Shipped:
    """The files that go into the bundle, and the figures that chose them."""

    encoder: Path
    decoder: Path
    parity: Parity


def export_pointer(trained: Trained, folder: Path) -> None:
    """Write both graphs into ``folder/fp32`` and, quantised, into ``folder/int8``.

    Raises:
        ExportError: the exporter or the quantiser fails on this model.
    """
    for precision in ("fp32", "int8"):
        (folder / precision).mkdir(parents=True, exist_ok=True)
    try:
        with quiet():
            for name, graph in ((ENCODER, _encoder(trained.network)), (DECODER, _decoder(trained.network))):
                (folder / "fp32" / name).write_bytes(graph.SerializeToString())
                quantise(graph, folder / "int8" / name)
    except Exception as error:  # two compilers' worth of exception types
        reason = str(error).strip().partition("\n")[0]
        raise ExportError(f"the model cannot be exported to ONNX: {type(error).__name__}: {reason}") from error


def check_parity(trained: Trained, folder: Path, texts: Sequence[str]) -> Shipped:
    """Compare the exported graphs with the trained network by the answers they build, and choose those to ship.

    Args:
        trained: the network, the reference.
        folder: where :func:`export_pointer` wrote.
        texts: held-out inputs of the task; :data:`PARITY_INPUTS` of them are used.

    Raises:
        ExportError: the full-precision export answers otherwise than the trained network.
    """
    sample = list(texts)[:PARITY_INPUTS]
    wanted = [_by_torch(trained, text) for text in sample]
    fp32_agreement, fp32_drift = _compare(trained, wanted, _by_onnx(trained, folder / "fp32", sample))
    if fp32_agreement < FP32_AGREEMENT:
        raise ExportError(
            f"the exported model does not answer as the trained one: {fp32_agreement:.1%} of {len(sample)} inputs "
            f"agree (at least {FP32_AGREEMENT:.1%} needed), probabilities differ by up to {fp32_drift:.2g}"
        )
    int8_agreement, int8_drift = _compare(trained, wanted, _by_onnx(trained, folder / "int8", sample))
    shipped = "int8" if int8_agreement >= INT8_AGREEMENT else "fp32"
    parity = Parity(
        inputs=len(sample),
        fp32_agreement=fp32_agreement,
        fp32_drift=fp32_drift,
        quantised_agreement=int8_agreement,
        quantised_drift=int8_drift,
        shipped=shipped,
    )
    return Shipped(folder / shipped / ENCODER, folder / shipped / DECODER, parity)


class _Reading(nn.Module):
    """The networks as a function of token ids (1, tokens) alone."""

    def __init__(self, network: Ensemble) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor) -> tuple[Tensor, ...]:
        memory, affinity = self.network.encode(input_ids, torch.ones_like(input_ids))
        return (*memory, affinity)


class _Stepping(nn.Module):
    """The networks as a function of what was read and of the history, giving the last step alone."""

    def __init__(self, network: Ensemble) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        states: Tensor,
        keys: Tensor,
        values: Tensor,
        first_keys: Tensor,
        last_keys: Tensor,
        symbols: Tensor,
        paths: Tensor,
        first: Tensor,
        last: Tensor,
        marks: Tensor,
    ) -> tuple[Tensor, ...]:
        memory = Memory(states, keys, values, first_keys, last_keys)
        mask = torch.ones_like(states[:1, :, 0])
        choices = self.network.decode(memory, mask, History(symbols, paths, first, last, marks))
        return tuple(part[:, -1] for part in choices)


def _encoder(network: Ensemble) -> Any:
    tokens = torch.ones((1, 8), dtype=torch.long)
    return _graph(_Reading(network), (tokens,), ("input_ids",), (*MEMORY, AFFINITY), ({1: _OPEN},))


def _decoder(network: Ensemble) -> Any:
    """With made-up sizes of 8 tokens and 3 steps, because a size of one would be taken as fixed.

    No tensor is given twice: the exporter would take two inputs for one.
    """
    tokens = torch.ones((1, 8), dtype=torch.long)
    memory, _ = network.encode(tokens, torch.ones_like(tokens))
    history = (*(torch.zeros((1, 3), dtype=torch.long) for _ in range(4)), torch.zeros((1, 3, 8, MARKS)))
    sizes = ({1: _OPEN}, {3: _OPEN}, {3: _OPEN}, {1: _OPEN}, {1: _OPEN}, {1: _OPEN}, {1: _OPEN})
    return _graph(
        _Stepping(network),
        (*(part.detach() for part in memory), *history),
        (*MEMORY, *HISTORY),
        STEP,
        (*sizes, {1: _OPEN}, {1: _OPEN}, {1: _OPEN, 2: _OPEN}),
    )


def _graph(
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    names: Sequence[str],
    outputs: Sequence[str],
    sizes: tuple[dict[int, Any], ...],
) -> Any:
    program = torch.onnx.export(  # pyright: ignore[reportUnknownMemberType]
        module.eval(),
        inputs,
        input_names=list(names),
        output_names=list(outputs),
        dynamic_shapes=sizes,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    if program is None:
        raise ExportError("the exporter returned no program")
    return program.model_proto


def _by_torch(trained: Trained, text: str) -> Built:
    encoding = trained.tokenizer.encode(text)
    decoder = Decoder(trained.grammar, trained.max_actions)
    return decoder.answer(Prompt.of(text, encoding.offsets), TorchReader(trained.network, encoding.ids))


def _by_onnx(trained: Trained, folder: Path, texts: Sequence[str]) -> list[Built]:
    """What exported graphs build, one text at a time as at run time."""
    model = OnnxPointer(
        folder / ENCODER,
        folder / DECODER,
        trained.tokenizer.to_str().encode(),
        symbols=len(trained.grammar.symbols),
        max_tokens=trained.max_tokens,
        threads=max(1, torch.get_num_threads()),
    )
    decoder = Decoder(trained.grammar, trained.max_actions)
    readers = map(model.read, texts)
    return [decoder.answer(reader.prompt, reader) for reader in readers]


def _compare(trained: Trained, wanted: Sequence[Built], got: Sequence[Built]) -> tuple[float, float]:
    """The share of equal answers, and among them the largest difference of the answer's probability."""
    drifts = [
        abs(_probability(one) - _probability(other))
        for one, other in zip(wanted, got, strict=True)
        if _said(trained, one) == _said(trained, other)
    ]
    return len(drifts) / max(1, len(wanted)), max(drifts, default=0.0)


def _said(trained: Trained, built: Built) -> str | None:
    return None if built.answer is None else normal_form(write(built.answer, trained.grammar.wording)).text


def _probability(built: Built) -> float:
    return float(torch.tensor([*built.choices, *built.spans]).sum().exp())
