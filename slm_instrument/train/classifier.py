"""The classifier family: a small pretrained encoder with a linear head, fine-tuned as a whole.

The sentence is the mean of its token vectors, as in Sentence-BERT (Reimers and Gurevych 2019, arXiv 1908.10084). All
weights are trained: the encoder with a low learning rate, the new head with a high one. Batches hold inputs of similar
length, padded to the longest of the batch only: on short texts that is most of the speed. What is kept is a moving
average of the weights.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from slm_instrument.progress import Listener, Stage
from slm_instrument.train.averaging import moving
from slm_instrument.train.base_model import Encoder
from slm_instrument.train.bfloat16 import fast_bfloat16
from slm_instrument.train.schedule import up_and_down

MAX_TOKENS = 256  # the most that the MiniLM family was trained on
_BUCKET = 20  # batches sorted together by length: short padding, still shuffled
_LEAST_STEPS = 300  # small sets are gone over more often, so that the head has time to learn
_EPOCHS = (4, 15)  # the fewest and the most


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to fine-tune. ``epochs`` None: four, and more on small sets."""

    epochs: int | None = None
    batch_size: int = 32
    encoder_learning_rate: float = 2e-4
    head_learning_rate: float = 1e-2
    weight_decay: float = 0.01
    warm_up: float = 0.1  # share of the steps over which the learning rate rises
    label_smoothing: float = 0.1  # of the loss: what a teacher answers may be wrong, and two answers may both be right
    averaging: float = 0.99  # share of the average weights that stays at every step, so that a hundred steps count
    patience: int = 4  # epochs without a better validation agreement before training stops; small sets have plateaus
    seed: int = 0

    def epochs_for(self, examples: int) -> int:
        """The epochs to train on that many examples."""
        if self.epochs is not None:
            return self.epochs
        steps = max(1, math.ceil(examples / self.batch_size))
        fewest, most = _EPOCHS
        return min(most, max(fewest, math.ceil(_LEAST_STEPS / steps)))


@dataclass(frozen=True, slots=True)
class Examples:
    """Inputs and the indices of their labels; an index of -1 is a label that no student may give."""

    texts: Sequence[str]
    labels: Sequence[int]


class SentenceClassifier(nn.Module):
    """Encoder, mean over the tokens, linear head. Gives the logits and the sentence embedding."""

    def __init__(self, encoder: nn.Module, width: int, labels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(width, labels)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (batch, labels) and embeddings (batch, width) of token ids (batch, tokens)."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        sentence = (states * mask).sum(dim=1) / mask.sum(dim=1)
        return self.head(sentence), sentence


@dataclass(frozen=True, slots=True)
class TrainedClassifier:
    """A fine-tuned classifier on the CPU in evaluation mode, with the tokenizer that cuts its inputs."""

    model: SentenceClassifier
    tokenizer: Tokenizer
    max_tokens: int
    epochs: int
    validation_agreement: float

    def predict(self, texts: Sequence[str], batch_size: int = 64) -> np.ndarray:
        """The logits of texts, (texts, labels), in float32 torch: what an exported model must reproduce."""
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]
        return _logits(self.model, ids, batch_size, torch.device("cpu")).numpy()


def fine_tune(
    encoder: Encoder,
    labels: int,
    training: Examples,
    validation: Examples,
    *,
    recipe: Recipe | None = None,
    listener: Listener | None = None,
) -> TrainedClassifier:
    """Fine-tune the encoder with a new head, and keep the epoch that agrees best with the validation labels.

    The random state of torch is restored afterwards; the result is the same for the same seed, data and machine.

    Raises:
        InputError: the base model cannot be loaded.
    """
    recipe = recipe or Recipe()
    max_tokens = adaptive_length(encoder, training.texts)
    tokenizer = encoder.tokenizer(max_tokens)
    with torch.random.fork_rng(), torch.enable_grad():  # pyright: ignore[reportUnknownMemberType]
        torch.manual_seed(recipe.seed)  # pyright: ignore[reportUnknownMemberType]
        pretrained = encoder.load()
        model = SentenceClassifier(pretrained, pretrained.config.hidden_size, labels)
        epochs, agreement = _Training(model, tokenizer, recipe, listener).run(training, validation)
    return TrainedClassifier(model.cpu().eval(), tokenizer, max_tokens, epochs, agreement)


def adaptive_length(encoder: Encoder, texts: Sequence[str]) -> int:
    """The tokens that 99 % of the texts fit in, at most :data:`MAX_TOKENS`: what is longer is cut off."""
    lengths = [len(encoding.ids) for encoding in encoder.tokenizer(MAX_TOKENS).encode_batch(list(texts))]
    return max(8, int(np.percentile(lengths, 99, method="higher")))


class _Training:
    """One run: the model, its optimizer and the best weights so far."""

    def __init__(
        self, model: SentenceClassifier, tokenizer: Tokenizer, recipe: Recipe, listener: Listener | None
    ) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.to(self.device)
        self.average = AveragedModel(self.model, multi_avg_fn=moving(recipe.averaging))
        self.tokenizer = tokenizer
        self.recipe = recipe
        self.listener = listener
        self.random = random.Random(recipe.seed)
        self.bfloat16 = fast_bfloat16(self.device)

    def run(self, training: Examples, validation: Examples) -> tuple[int, float]:
        """Train; the model ends with its best epoch's weights. Returns the epochs run and the best agreement."""
        ids, held_out = self._encode(training), self._encode(validation)
        epochs = self.recipe.epochs_for(len(ids))
        steps = epochs * math.ceil(len(ids) / self.recipe.batch_size)
        optimizer, schedule = self._optimizer(steps)
        stage = Stage("train", steps, self.listener)
        best, best_epoch, weights = -1.0, 0, dict[str, Tensor]()
        epoch = 0
        for epoch in range(1, epochs + 1):
            self._epoch(ids, training.labels, optimizer, schedule, stage)
            agreement = self._agreement(held_out, validation.labels)
            if agreement > best:
                best, best_epoch = agreement, epoch
                weights = {name: value.clone() for name, value in self._averaged.state_dict().items()}
            elif epoch - best_epoch >= self.recipe.patience:
                break
        stage.finish()
        self.model.load_state_dict(weights)
        return epoch, best

    @property
    def _averaged(self) -> SentenceClassifier:
        return cast(SentenceClassifier, self.average.module)

    def _encode(self, examples: Examples) -> list[list[int]]:
        return [encoding.ids for encoding in self.tokenizer.encode_batch(list(examples.texts))]

    def _optimizer(self, steps: int) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
        recipe = self.recipe
        optimizer = torch.optim.AdamW(
            [
                {"params": list(self.model.encoder.parameters()), "lr": recipe.encoder_learning_rate},
                {"params": list(self.model.head.parameters()), "lr": recipe.head_learning_rate},
            ],
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        return optimizer, up_and_down(optimizer, steps, recipe.warm_up)

    def _epoch(
        self,
        ids: list[list[int]],
        labels: Sequence[int],
        optimizer: torch.optim.Optimizer,
        schedule: torch.optim.lr_scheduler.LRScheduler,
        stage: Stage,
    ) -> None:
        self.model.train()
        for batch in _batches(ids, self.recipe.batch_size, self.random):
            tokens, mask = _padded([ids[at] for at in batch], self.device)
            wanted = torch.tensor([labels[at] for at in batch], device=self.device)
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
                logits, _ = self.model(tokens, mask)
            loss = nn.functional.cross_entropy(logits.float(), wanted, label_smoothing=self.recipe.label_smoothing)
            loss.backward()  # pyright: ignore[reportUnknownMemberType]
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            self.average.update_parameters(self.model)
            stage.step()

    def _agreement(self, ids: list[list[int]], labels: Sequence[int]) -> float:
        if not ids:
            return 0.0
        predicted = _logits(self._averaged, ids, 64, self.device).argmax(dim=1)
        return float((predicted == torch.tensor(labels)).float().mean())


def _batches(ids: Sequence[Sequence[int]], size: int, order: random.Random) -> Iterator[list[int]]:
    """Shuffled batches of indices whose inputs are of similar length."""
    shuffled = list(range(len(ids)))
    order.shuffle(shuffled)
    batches: list[list[int]] = []
    for start in range(0, len(shuffled), size * _BUCKET):
        bucket = sorted(shuffled[start : start + size * _BUCKET], key=lambda at: len(ids[at]))
        batches.extend(bucket[at : at + size] for at in range(0, len(bucket), size))
    order.shuffle(batches)
    yield from batches


def _padded(ids: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    width = max(len(row) for row in ids)
    tokens = torch.zeros((len(ids), width), dtype=torch.long)
    mask = torch.zeros((len(ids), width), dtype=torch.long)
    for row, values in enumerate(ids):
        tokens[row, : len(values)] = torch.tensor(values)
        mask[row, : len(values)] = 1
    return tokens.to(device), mask.to(device)


@torch.inference_mode()
def _logits(model: SentenceClassifier, ids: Sequence[Sequence[int]], batch_size: int, device: torch.device) -> Tensor:
    model.eval()
    order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
    logits = torch.zeros((len(ids), model.head.out_features))
    for start in range(0, len(order), batch_size):
        batch = order[start : start + batch_size]
        tokens, mask = _padded([ids[at] for at in batch], device)
        logits[batch] = model(tokens, mask)[0].float().cpu()
    return logits
