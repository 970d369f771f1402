"""What is changed in the graph that the onnxruntime-genai builder writes.

Three things, none of which touches a weight. ``kept`` says of how many last positions logits are computed: as built,
they are computed for every token of the prompt, a third of SmolLM2-135M's work. The width of keys and values becomes a
number, so that memory can be made for them. And beside every linear layer comes the path of a LoRA adapter, whose two
matrices are inputs with zeros as default: one base in memory then serves many tasks. Their rank is left open.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from slm_instrument.runtime.generator.model import ADAPTER, KEPT, LOGITS, PAST, PRESENT

_load: Any = onnx.load  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
_save: Any = onnx.save  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
_LINEAR = re.compile(r"^/model/layers\.(\d+)/(\w+)/(\w+)/MatMul(?:_\w+)?$")
_LM_HEAD = re.compile(r"^/lm_head/MatMul(?:_\w+)?$")
_TO_THE_END = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear layer that an adapter can change: ``x A B`` is added to what it gives for ``x``."""

    layer: int
    block: str
    name: str
    inputs: int
    outputs: int

    @property
    def down(self) -> str:
        """The name of its first matrix, (inputs, rank)."""
        return f"{ADAPTER}{self.layer}.{self.block}.{self.name}.A"

    @property
    def up(self) -> str:
        """The name of its second matrix, (rank, outputs)."""
        return f"{ADAPTER}{self.layer}.{self.block}.{self.name}.B"


def change_graph(built: Path, out: Path, *, head_size: int, adaptable: bool) -> None:
    """Write a builder's graph anew; its weights stay in their file, which has to lie beside the new graph.

    Args:
        built: The graph as the builder wrote it.
        out: The new graph's file.
        head_size: The width of keys and values.
        adaptable: Whether linear layers get a path for an adapter.

    Raises:
        ValueError: it is no graph of the form known here.
    """
    model = _load(str(built), load_external_data=False)
    graph = model.graph
    _fix_width(graph, head_size)
    _keep_last(graph)
    if adaptable:
        _add_adapters(graph)
    _save(model, str(out))


def linear_layers(graph_file: Path) -> list[Linear]:
    """The linear layers of a changed graph that an adapter can change."""
    graph = _load(str(graph_file), load_external_data=False).graph
    shapes = {each.name: tuple(each.dims) for each in graph.initializer if each.name.startswith(ADAPTER)}
    found: list[Linear] = []
    for name, shape in shapes.items():
        layer, block, linear, side = name.removeprefix(ADAPTER).split(".")
        if side == "A":
            outputs = shapes[name.removesuffix("A") + "B"][1]
            found.append(Linear(int(layer), block, linear, shape[0], outputs))
    return found


def _fix_width(graph: Any, head_size: int) -> None:
    for value in (*graph.input, *graph.output):
        if value.name.startswith((PAST, PRESENT)):
            value.type.tensor_type.shape.dim[3].dim_value = head_size


def _keep_last(graph: Any) -> None:
    """Compute logits of the last positions only, as many as the new input says."""
    head = next((node for node in graph.node if _LM_HEAD.match(node.name)), None)
    logits = next((output for output in graph.output if output.name == LOGITS), None)
    if head is None or logits is None:
        raise ValueError("the graph has no linear layer that gives the logits")
    hidden = head.input[0]
    graph.input.append(helper.make_tensor_value_info(KEPT, TensorProto.INT64, [1]))
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.array([_TO_THE_END], dtype=np.int64), f"{KEPT}.end"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), f"{KEPT}.axis"),
        ]
    )
    nodes = [
        helper.make_node("Neg", [KEPT], [f"{KEPT}.start"], name=f"/{KEPT}/Neg"),
        helper.make_node(
            "Slice",
            [hidden, f"{KEPT}.start", f"{KEPT}.end", f"{KEPT}.axis"],
            [f"{KEPT}.hidden"],
            name=f"/{KEPT}/Slice",
        ),
    ]
    head.input[0] = f"{KEPT}.hidden"
    at = list(graph.node).index(head)
    for node in reversed(nodes):
        graph.node.insert(at, node)
    logits.type.tensor_type.shape.dim[1].dim_param = KEPT


def _add_adapters(graph: Any) -> None:
    shapes = {each.name: tuple(each.dims) for each in graph.initializer}
    adapted = 0
    nodes = list(graph.node)
    del graph.node[:]
    for node in nodes:
        graph.node.append(node)
        match = _LINEAR.match(node.name) if node.op_type in ("MatMul", "MatMulNBits") else None
        if match is None:
            continue
        inputs, outputs = _sizes(node, shapes)
        linear = Linear(int(match[1]), match[2], match[3], inputs, outputs)
        adapted += 1
        _declare(graph, linear)
        graph.node.extend(_adapted(graph.node[-1], linear))
    if not adapted:
        raise ValueError("the graph has no linear layers of known names")


def _sizes(node: Any, shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, int]:
    if node.op_type == "MatMulNBits":
        attributes = {each.name: each.i for each in node.attribute}
        return attributes["K"], attributes["N"]
    inputs, outputs = shapes[node.input[1]]
    return inputs, outputs


def _declare(graph: Any, linear: Linear) -> None:
    """The adapter's two matrices, of an open rank, as inputs that are zero by default."""
    down, up = np.zeros((linear.inputs, 1), np.float32), np.zeros((1, linear.outputs), np.float32)
    graph.input.append(helper.make_tensor_value_info(linear.down, TensorProto.FLOAT, [linear.inputs, linear.down]))
    graph.input.append(helper.make_tensor_value_info(linear.up, TensorProto.FLOAT, [linear.down, linear.outputs]))
    graph.initializer.extend([numpy_helper.from_array(down, linear.down), numpy_helper.from_array(up, linear.up)])


def _adapted(node: Any, linear: Linear) -> list[Any]:
    """The nodes that add ``x A B``; the layer's own output gets another name, so that all behind it stays."""
    given, output, base = node.input[0], node.output[0], f"{node.output[0]}/base"
    narrow, wide = f"{linear.down}/output", f"{linear.up}/output"
    node.output[0] = base
    return [
        helper.make_node("MatMul", [given, linear.down], [narrow], name=f"/{linear.down}/MatMul"),
        helper.make_node("MatMul", [narrow, linear.up], [wide], name=f"/{linear.up}/MatMul"),
        helper.make_node("Add", [base, wide], [output], name=f"/{linear.up}/Add"),
    ]
