"""The pointer network: a pretrained encoder, and a small decoder that chooses symbols and points at spans.

The encoder reads the prompt once. From its states come, once per prompt, the keys and values that the decoder attends
to, the keys of the pointers, and the *affinity* of every token as the last of a span with every token as its first:
given the first token, where the span ends depends on little else. The decoder reads the choices made so far. Each is
told by three things: the symbol, the path of the next choice, and, after a copy, the encoder's states where the copied
text begins and ends. Marks on the prompt's tokens (:mod:`slm_instrument.runtime.pointer.marks`) add to attention and to
pointers. See et al. 2017 (arXiv 1704.04368) point likewise, one token at a time, and call their marks coverage.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from slm_instrument.runtime.pointer.marks import MARKS

HEAD_WIDTH = 64
_NEVER = -1e9


class Memory(NamedTuple):
    """What the decoder needs of prompts; B prompts of T tokens, L layers, H heads, width W."""

    states: Tensor  # (B, T, W)
    keys: Tensor  # (B, L, H, T, W/H)
    values: Tensor  # (B, L, H, T, W/H)
    first_keys: Tensor  # (B, T, W)
    last_keys: Tensor  # (B, T, W)


class History(NamedTuple):
    """Choices made so far; N of them for each of B prompts, with the one to be made now as the last."""

    symbols: Tensor  # (B, N) int64: the symbol chosen before; the count of symbols stands for "none yet"
    paths: Tensor  # (B, N) int64: the path of the choice
    first: Tensor  # (B, N) int64: the first token of the span copied before, -1 after other symbols
    last: Tensor  # (B, N) int64: its last token
    marks: Tensor  # (B, N, T, MARKS): where in the prompt the answer has got to


class Choices(NamedTuple):
    """Unnormalised log-probabilities at every choice of a history."""

    symbols: Tensor  # (B, N, symbols)
    first: Tensor  # (B, N, T): of the first token of a span
    last: Tensor  # (B, N, T): of its last, to which the row of the affinity is to be added


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of the decoder."""

    width: int
    symbols: int
    paths: int
    layers: int = 2
    dropout: float = 0.1


class PointerNetwork(nn.Module):
    """Encoder and decoder; see the module."""

    def __init__(self, encoder: nn.Module, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.shape = shape
        self.encoder = encoder
        self.symbols = nn.Embedding(shape.symbols + 1, width)
        self.paths = nn.Embedding(shape.paths, width)
        self.span = nn.Linear(2 * width, width, bias=False)
        self.layers = nn.ModuleList(_Layer(width, shape.dropout) for _ in range(shape.layers))
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(shape.dropout)
        self.choose = nn.Linear(width, shape.symbols)
        self.first_query, self.last_query = nn.Linear(width, width), nn.Linear(width, width)
        self.first_key, self.last_key = nn.Linear(width, width), nn.Linear(width, width)
        self.affinity_first, self.affinity_last = nn.Linear(width, width), nn.Linear(width, width)
        self.marked = nn.Linear(width, MARKS)
        for table in (self.symbols, self.paths):
            nn.init.normal_(table.weight, std=0.5)

    def encode(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Memory, Tensor]:
        """Read prompts: token ids and mask (B, T).

        Returns:
            What the decoder needs, and the affinity of first tokens (rows) with last ones (columns), (B, T, T).
        """
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        projected = [layer.remember(states) for layer in self._layers()]
        memory = Memory(
            states=states,
            keys=torch.stack([keys for keys, _ in projected], dim=1),
            values=torch.stack([values for _, values in projected], dim=1),
            first_keys=self.first_key(states),
            last_keys=self.last_key(states),
        )
        return memory, _scaled(self.affinity_first(states), self.affinity_last(states))

    def decode(self, memory: Memory, attention_mask: Tensor, history: History) -> Choices:
        """What to choose at every step of the histories, each seeing only those before it."""
        ends = (_picked(memory.states, tokens) for tokens in (history.first, history.last))
        copied = self.span(torch.cat(list(ends), dim=-1))
        steps = history.symbols.shape[1]
        told = self.symbols(history.symbols) + self.paths(history.paths) + copied
        states = self.dropout(told + _positions(steps, self.shape.width, told.device))
        causal = torch.ones(steps, steps, dtype=torch.bool, device=states.device).tril()
        padding = attention_mask[:, None, None, :] == 0
        for at, layer in enumerate(self._layers()):
            states = layer(states, causal, memory.keys[:, at], memory.values[:, at], history.marks, padding)
        states = self.norm(states)
        return Choices(
            symbols=self.choose(states),
            first=_scaled(self.first_query(states), memory.first_keys) + _weighed(self.marked(states), history.marks),
            last=_scaled(self.last_query(states), memory.last_keys),
        )

    def _layers(self) -> list[Any]:
        return list(self.layers)


class _Layer(nn.Module):
    """A transformer decoder layer, normalised before each part (Xiong et al. 2020, arXiv 2002.04745)."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.heads = max(1, width // HEAD_WIDTH)
        self.own = nn.Linear(width, 3 * width)
        self.own_out = nn.Linear(width, width)
        self.query = nn.Linear(width, width)
        self.memory = nn.Linear(width, 2 * width)
        self.memory_out = nn.Linear(width, width)
        self.marked = nn.Linear(width, self.heads * MARKS)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.dropout = nn.Dropout(dropout)

    def remember(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of the prompt's tokens."""
        keys, values = self.memory(states).chunk(2, dim=-1)
        return self._split(keys), self._split(values)

    def forward(
        self, states: Tensor, causal: Tensor, keys: Tensor, values: Tensor, marks: Tensor, padding: Tensor
    ) -> Tensor:
        """New states (B, N, W); marks and padding, (B, 1, 1, T), say where in the prompt to look."""
        query, own_keys, own_values = (self._split(part) for part in self.own(self.norms[0](states)).chunk(3, dim=-1))
        own = functional.scaled_dot_product_attention(query, own_keys, own_values, attn_mask=causal)
        states = states + self.dropout(self.own_out(_joined(own)))
        normed = self.norms[1](states)
        weights = self._split(self.marked(normed))
        where = _weighed(weights, marks.unsqueeze(1)).masked_fill(padding, _NEVER)
        read = functional.scaled_dot_product_attention(self._split(self.query(normed)), keys, values, attn_mask=where)
        states = states + self.dropout(self.memory_out(_joined(read)))
        wide = functional.gelu(self.widen(self.norms[2](states)))
        return states + self.dropout(self.narrow(wide))

    def _split(self, states: Tensor) -> Tensor:
        rows, steps, width = states.shape
        return states.view(rows, steps, self.heads, width // self.heads).transpose(1, 2)


def _joined(heads: Tensor) -> Tensor:
    # Not transposed and flattened: the exporter takes that for a view, which it is no longer in its own attention.
    return torch.cat(heads.unbind(1), dim=-1)


def _picked(states: Tensor, tokens: Tensor) -> Tensor:
    """The states of one token at every step, zero where there is none."""
    index = tokens.clamp(min=0).unsqueeze(-1).expand(-1, -1, states.shape[-1])
    return states.gather(1, index) * (tokens >= 0).unsqueeze(-1)


def _weighed(weights: Tensor, marks: Tensor) -> Tensor:
    """What marks add to the weight of every token: (..., MARKS) and (..., T, MARKS) give (..., T)."""
    return (marks @ weights.unsqueeze(-1)).squeeze(-1)


def _scaled(queries: Tensor, keys: Tensor) -> Tensor:
    return queries @ keys.transpose(1, 2) / math.sqrt(queries.shape[-1])


def _positions(steps: int, width: int, device: torch.device) -> Tensor:
    """Sinusoids (Vaswani et al. 2017, arXiv 1706.03762): they go on where training histories end."""
    at = torch.arange(steps, device=device, dtype=torch.float32).unsqueeze(1)
    rate = torch.exp(torch.arange(0, width, 2, device=device) * (-math.log(10_000.0) / width))
    return torch.cat([torch.sin(at * rate), torch.cos(at * rate)], dim=1)
