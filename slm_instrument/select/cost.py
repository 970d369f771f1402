"""What a student would cost on a machine, before it is made: memory, time to answer, time to train.

Every prediction scales something that was measured (AMD EPYC, two cores, 93 GFLOP/s and 21 GB/s a core by the probe;
onnxruntime 1.31, torch 2.13) by the size of the model and the speed of the machine. They are meant to keep hopeless
candidates from being tried, and are good to a factor of two or so; certification measures the real figures.

What was measured, of all-MiniLM-L6 and SmolLM2-135M:

* INT8 encoder, one thread: 1.4 ms for 12 tokens, 36.6 ms for 256; 23.2 MB on disk, 119 MB in memory.
* Decoder, two threads, INT8: 300 tokens read in 424 ms, then 114 tokens a second written; INT4 138, float32 45.5.
  Files of 267, 113 and 540 MB, processes of 392, 298 and 779 MB.
* Fine-tuning, two cores: 11 to 18 ms an example of 14 tokens for the classifier, 0.14 s one of 227 for the pointer,
  which trains four of six layers; 1.2 s an example of 330 for the decoder with LoRA. That took at most 3.5 GB for 768
  tokens in a batch, 7.3 GB for 2,180.
"""

import math
from dataclasses import dataclass
from typing import Literal

from slm_instrument.select.catalogue import Model
from slm_instrument.select.facts import TaskFacts
from slm_instrument.select.machine import Machine

Precision = Literal["int8", "int4", "fp32"]

GENERATOR_THREADS = 2
MEGABYTE = 1_000_000

# Parts of what the probe says of a core, as the figures above come out.
_ENCODING, _READING = 1.58, 0.81  # of its arithmetic: INT8 answers of encoders, and prompts of decoders a thread
_WRITING = {"int8": 0.82, "int4": 0.74, "fp32": 1.17}  # of its memory, by two threads: a token of an answer
_TRAINING = {"classifier": 0.35, "pointer": 0.6, "generator": 0.62}  # of its arithmetic, a core

_ENCODER_PROCESS = 100 * MEGABYTE  # what the libraries take, beside the model
_DECODER_PROCESS = {"int8": 125 * MEGABYTE, "int4": 185 * MEGABYTE, "fp32": 239 * MEGABYTE}
_TRAINING_PROCESS = 400 * MEGABYTE
_FLOAT = 4
_ACTIVATIONS = 185  # bytes for a token and number of the hidden state in the layer that is being gone back through
_OPTIMIZER = 4 * _FLOAT  # bytes for a parameter that is trained: itself, its gradient, Adam's two averages

_BATCH, _BATCH_TOKENS = 32, 8_192  # examples, and the tokens that they have at most, in the training of encoders

# How often a training goes over its examples: the fewest times, the most, and the examples that it wants to see. It may
# stop earlier.
_EPOCHS = {"classifier": (4, 15, 9_600), "pointer": (6, 40, 9_000), "generator": (2, 10, 1_200)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Predicted: bytes in memory and milliseconds for a median call at work, bytes and minutes in training."""

    memory: int
    answer_ms: float
    training_memory: int = 0
    training_minutes: float = 0.0


def predict(student: str, model: Model, facts: TaskFacts, machine: Machine, precision: Precision = "int8") -> Cost:
    """The cost of a student of that family, made of a model for a task, on a machine's processor.

    A GPU shortens training by more than is known here.
    """
    if model.family == "encoder":
        return _encoder_cost(student, model, facts, machine)
    return _decoder_cost(student, model, facts, machine, precision)


def epochs(student: str, examples: int) -> int:
    """How often the training of a family goes over so many examples."""
    fewest, most, seen = _EPOCHS[student]
    return min(most, max(fewest, math.ceil(seen / examples)))


def _encoder_cost(student: str, model: Model, facts: TaskFacts, machine: Machine) -> Cost:
    seen = min(facts.prompt(0.5), model.context)
    working = Cost(
        memory=model.parameters + _ENCODER_PROCESS,
        answer_ms=_ms(2 * model.inner * seen, _ENCODING * machine.speed.gflops),
    )
    if student not in _EPOCHS:
        return working
    batch = min(_BATCH * min(facts.prompt(0.99), model.context), _BATCH_TOKENS)
    return Cost(
        memory=working.memory,
        answer_ms=working.answer_ms,
        training_memory=_OPTIMIZER * model.parameters
        + _ACTIVATIONS * model.layers * model.hidden * batch
        + _TRAINING_PROCESS,
        training_minutes=_minutes(
            6 * model.inner * seen * facts.inputs * epochs(student, facts.inputs),
            _TRAINING[student] * machine.speed.gflops * machine.cores,
        ),
    )


def _decoder_cost(student: str, model: Model, facts: TaskFacts, machine: Machine, precision: Precision) -> Cost:
    prompt, answer = facts.prompt(0.5), facts.answer(0.5)
    longest = facts.prompt(0.99) + facts.answer(0.99)
    weights = _decoder_bytes(model, precision)
    read = weights - _FLOAT * _words(model) if precision == "int8" else weights  # of the table of words, a row a token
    threads = min(GENERATOR_THREADS, machine.cores)
    answer_ms = _ms(2 * model.inner * prompt, _READING * machine.speed.gflops * threads) + _ms(
        read * answer, _WRITING[precision] * machine.speed.gigabytes
    )
    kept = 2 * (model.kv_layers or model.layers) * model.kv_heads * model.head_dim * _FLOAT
    memory = weights + _DECODER_PROCESS[precision] + kept * longest
    if student not in _EPOCHS:
        return Cost(memory=memory, answer_ms=answer_ms)
    # With gradient checkpoints and one example at a time, the least that it can be done with.
    activations = (_FLOAT * model.layers + _ACTIVATIONS) * model.hidden * longest
    logits = 2 * _FLOAT * model.vocabulary * facts.answer(0.99)
    operations = 4 * model.inner * (prompt + answer) + 6 * _words(model) * answer
    return Cost(
        memory=memory,
        answer_ms=answer_ms,
        training_memory=_FLOAT * model.parameters + activations + logits + _TRAINING_PROCESS,
        training_minutes=_minutes(
            operations * facts.inputs * epochs(student, facts.inputs),
            _TRAINING[student] * machine.speed.gflops * machine.cores,
        ),
    )


def _decoder_bytes(model: Model, precision: Precision) -> int:
    """The model on disk. The table of words stays in float32 in INT8, and stands there again as the last layer."""
    if precision == "fp32":
        return _FLOAT * model.parameters
    if precision == "int4":
        return round(0.84 * model.parameters)
    return _FLOAT * _words(model) + round(1.125 * model.parameters)


def _words(model: Model) -> int:
    return model.vocabulary * model.hidden


def _ms(amount: float, billions_a_second: float) -> float:
    return amount / billions_a_second / 1e6


def _minutes(amount: float, billions_a_second: float) -> float:
    return amount / billions_a_second / 1e9 / 60
