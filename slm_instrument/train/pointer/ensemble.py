"""Several networks that answer together, trained alike but for chance.

Where they have learned the same, they agree; where the examples left it open, they do not. So their mean is right more
often than each of them, and their disagreement tells which answers to doubt (Lakshminarayanan et al. 2017, arXiv
1612.01474).
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from slm_instrument.train.pointer.network import Choices, History, Memory, PointerNetwork


class Ensemble(nn.Module):
    """Networks of one shape; the first dimension of all that they give is the member."""

    def __init__(self, members: Sequence[PointerNetwork]) -> None:
        super().__init__()
        self.symbols = members[0].shape.symbols
        self._members = nn.ModuleList(members)

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self._networks()[0].choose.weight.device

    def encode(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Memory, Tensor]:
        """What every member reads in one prompt, see :meth:`PointerNetwork.encode`; (members, ...)."""
        read = [member.encode(input_ids, attention_mask) for member in self._networks()]
        memory = Memory(*(torch.cat(parts) for parts in zip(*(memory for memory, _ in read), strict=True)))
        return memory, torch.cat([affinity for _, affinity in read])

    def decode(self, memory: Memory, attention_mask: Tensor, history: History) -> Choices:
        """What every member would choose after one history, see :meth:`PointerNetwork.decode`; (members, ...)."""
        chosen = [
            member.decode(Memory(*(part[at : at + 1] for part in memory)), attention_mask, history)
            for at, member in enumerate(self._networks())
        ]
        return Choices(*(torch.cat(parts) for parts in zip(*chosen, strict=True)))

    def _networks(self) -> list[PointerNetwork]:
        return cast("list[PointerNetwork]", list(self._members))
