"""The trained networks as the runtime's decoder sees it: the reference that an exported model must reproduce."""

from collections.abc import Sequence

import torch

from slm_instrument.runtime.pointer.decode import Floats, History, Step
from slm_instrument.train.pointer.ensemble import Ensemble
from slm_instrument.train.pointer.network import History as Told


class TorchReader:
    """A prompt, by its token ids, that the networks have read; they are in evaluation mode."""

    @torch.inference_mode()
    def __init__(self, network: Ensemble, ids: Sequence[int]) -> None:
        self._network = network
        self._device = network.device
        tokens = torch.tensor([list(ids)], device=self._device)
        self._mask = torch.ones_like(tokens)
        self._memory, affinity = network.encode(tokens, self._mask)
        self._tokens = len(ids)
        self.affinity: Floats = affinity.cpu().numpy()

    @torch.inference_mode()
    def step(self, history: History) -> Step:
        """What to choose now."""
        told = history.arrays(self._tokens, self._network.symbols)
        arrays = (torch.as_tensor(part).to(self._device) for part in told)
        choices = self._network.decode(self._memory, self._mask, Told(*arrays))
        return Step(*(part[:, -1].cpu().numpy() for part in choices))
