"""Training the pointer network.

The decoder is new and the encoder's upper layers are fine-tuned with it; the encoder's embeddings and lower third stay
as they are, which saves a fifth of the time. Its dropout is off: attention is then computed in one fused kernel
(measured on two cores at 250 tokens: 1.4 ms instead of 2.4 ms of processor time a token), and the decoder's own dropout
is enough. What is kept is a moving average of the weights, of the epoch that agrees best with the validation answers.
"""

import math
import random
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from slm_instrument.progress import Listener, Stage
from slm_instrument.train.averaging import moving
from slm_instrument.train.bfloat16 import fast_bfloat16
from slm_instrument.train.pointer.augment import Exchange
from slm_instrument.train.pointer.checkpoint import Checkpoints
from slm_instrument.train.pointer.corpus import Corpus
from slm_instrument.train.pointer.examples import batches, collate
from slm_instrument.train.pointer.loss import batch_loss
from slm_instrument.train.pointer.network import PointerNetwork
from slm_instrument.train.schedule import up_and_down

_LEAST_SEEN = 9_000  # examples gone over, repetitions counted: small sets are repeated more often
_EPOCHS = (6, 40)  # the fewest and the most


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to train. ``epochs`` None suits them to the number of examples."""

    epochs: int | None = None
    batch_size: int = 8
    encoder_learning_rate: float = 2e-4
    decoder_learning_rate: float = 7e-4
    weight_decay: float = 0.01
    warm_up: float = 0.1  # share of the steps over which the learning rate rises
    frozen: float = 1 / 3  # share of the encoder's layers, from below
    clip: float = 1.0  # of the gradient's norm
    averaging: float = 0.99  # share of the average weights that stays at every step
    patience: int = 4  # epochs without a better validation agreement before training stops
    seed: int = 0

    def epochs_for(self, examples: int) -> int:
        """The epochs to train on that many examples."""
        fewest, most = _EPOCHS
        return self.epochs or min(most, max(fewest, math.ceil(_LEAST_SEEN / max(1, examples))))


@dataclass(frozen=True, slots=True)
class Fitted:
    """How training went: epochs run, and the validation agreement of the one that was kept."""

    epochs: int
    agreement: float


class Training:
    """One run: the network, its optimizer and the best weights so far.

    Args:
        network: what is trained; it ends with the best epoch's weights.
        corpus: the examples.
        agreement: how well a network in evaluation mode answers validation calls, 0..1.
        recipe: how to train.
        checkpoints: where the state is kept after every epoch.
        listener: told of every step.
    """

    def __init__(
        self,
        network: PointerNetwork,
        corpus: Corpus,
        agreement: Callable[[PointerNetwork], float],
        *,
        recipe: Recipe,
        checkpoints: Checkpoints | None = None,
        listener: Listener | None = None,
    ) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.bfloat16 = fast_bfloat16(self.device)
        self.network = network.to(self.device)
        _calm(network.encoder)
        _freeze(network.encoder, recipe.frozen)
        self.average = AveragedModel(self.network, multi_avg_fn=moving(recipe.averaging))
        self.corpus = corpus
        self.exchange = Exchange(corpus.sources)
        self.examples = len(corpus.examples())
        self.agreement = agreement
        self.recipe = recipe
        self.checkpoints = checkpoints
        self.listener = listener
        self.allowed = allowed_symbols(corpus).to(self.device)

    def run(self) -> Fitted:
        """Train to the end, or from where a killed run stopped."""
        recipe = self.recipe
        epochs = recipe.epochs_for(self.examples)
        steps = math.ceil(self.examples / recipe.batch_size)
        optimizer, schedule = self._optimizer(epochs * steps)
        state = _State(self.network, self.average, optimizer, schedule)
        epoch = state.restore(self.checkpoints)
        stage = Stage("train", epochs * steps, self.listener)
        stage.reach(epoch * steps)
        with _plain_attention(self.network.encoder, self.bfloat16 and self.device.type == "cpu"):
            while epoch < epochs and epoch - state.best_epoch < recipe.patience and state.best_agreement < 1:
                epoch += 1
                self._epoch(epoch, optimizer, schedule, stage)
                state.note(epoch, self._judge())
                state.save(self.checkpoints, epoch)
        stage.finish()
        self.network.load_state_dict(state.best)
        self.network.eval()
        return Fitted(epoch, state.best_agreement)

    def _optimizer(self, steps: int) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
        recipe = self.recipe
        # In the order of the network: a checkpoint tells states by their position.
        named = [(name, weight) for name, weight in self.network.named_parameters() if weight.requires_grad]
        encoder = [weight for name, weight in named if name.startswith("encoder.")]
        decoder = [weight for name, weight in named if not name.startswith("encoder.")]
        optimizer = torch.optim.AdamW(
            [
                {"params": encoder, "lr": recipe.encoder_learning_rate},
                {"params": decoder, "lr": recipe.decoder_learning_rate},
            ],
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        return optimizer, up_and_down(optimizer, steps, recipe.warm_up)

    def _epoch(
        self,
        epoch: int,
        optimizer: torch.optim.Optimizer,
        schedule: torch.optim.lr_scheduler.LRScheduler,
        stage: Stage,
    ) -> None:
        """Go over the examples once; chance depends on the epoch alone, so that a resumed run goes on as it would."""
        order = random.Random(f"{self.recipe.seed}:{epoch}")
        torch.manual_seed(order.getrandbits(32))  # pyright: ignore[reportUnknownMemberType]
        self.network.train()
        varied = self.corpus.varied(self.exchange, order).examples()
        for batch in batches(varied, self.recipe.batch_size, order):
            padded = collate(batch, len(self.corpus.grammar.symbols), self.device)
            loss = batch_loss(self.network, self.allowed, padded, bfloat16=self.bfloat16)
            loss.backward()  # pyright: ignore[reportUnknownMemberType]
            nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            self.average.update_parameters(self.network)
            stage.step()

    def _judge(self) -> float:
        averaged = cast(PointerNetwork, self.average.module)
        return self.agreement(averaged.eval())


class _State:
    """What a run must remember: everything that changes, and the best weights so far."""

    def __init__(
        self,
        network: PointerNetwork,
        average: AveragedModel,
        optimizer: torch.optim.Optimizer,
        schedule: torch.optim.lr_scheduler.LRScheduler,
    ) -> None:
        self._changing: Sequence[Any] = (network, average, optimizer, schedule)
        self._averaged = average.module
        self.best: dict[str, Tensor] = {}
        self.best_epoch = 0
        self.best_agreement = -1.0

    def note(self, epoch: int, agreement: float) -> None:
        """Keep the average weights when they are the best so far."""
        if agreement > self.best_agreement:
            self.best_epoch, self.best_agreement = epoch, agreement
            self.best = {name: value.detach().clone() for name, value in self._averaged.state_dict().items()}

    def save(self, checkpoints: Checkpoints | None, epoch: int) -> None:
        """Write everything down."""
        if checkpoints is not None:
            changing = [part.state_dict() for part in self._changing]
            checkpoints.save([epoch, changing, self.best, self.best_epoch, self.best_agreement])

    def restore(self, checkpoints: Checkpoints | None) -> int:
        """Go back to what was written down last; returns the epochs done then."""
        found = checkpoints.load() if checkpoints is not None else None
        if found is None:
            return 0
        epoch, changing, self.best, self.best_epoch, self.best_agreement = found
        for part, state in zip(self._changing, changing, strict=True):
            part.load_state_dict(state)
        return epoch


def allowed_symbols(corpus: Corpus) -> Tensor:
    """Which symbols may stand at which path, (paths, symbols) bool."""
    grammar = corpus.grammar
    allowed = torch.zeros(len(grammar.paths), len(grammar.symbols), dtype=torch.bool)
    for path, numbers in enumerate(grammar.paths.values()):
        allowed[path, list(numbers)] = True
    return allowed


def _calm(encoder: nn.Module) -> None:
    """Turn off the encoder's dropout; in attention it is a number in most architectures, not a module."""
    for module in encoder.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        for name in ("dropout_prob", "attention_dropout"):
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, 0.0)


@contextmanager
def _plain_attention(encoder: Any, wanted: bool) -> Generator[None]:
    """Attention as products of matrices, where that is faster than the fused kernel.

    On the CPU it is in bfloat16: a batch of 8 prompts took 0.71 s of processor time instead of 0.88 s.
    """
    before = encoder.config._attn_implementation
    if wanted:
        encoder.set_attn_implementation("eager")
    try:
        yield
    finally:
        encoder.set_attn_implementation(before)


def _freeze(encoder: nn.Module, share: float) -> None:
    """Keep the embeddings and the lower layers as they are; an encoder built otherwise is trained as a whole."""
    lists = [module for module in encoder.modules() if isinstance(module, nn.ModuleList)]
    layers = max(lists, key=len, default=None)
    embeddings = getattr(encoder, "embeddings", None)
    if layers is None or not isinstance(embeddings, nn.Module):
        return
    for module in (embeddings, *list(layers)[: int(share * len(layers))]):
        module.requires_grad_(False)
