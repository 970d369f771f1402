"""The generator family: fine-tuning a small language model on a task, or showing it examples, and exporting it."""

from slm_instrument.train.generator.family import FEW_SHOT, GENERATOR

__all__ = ["FEW_SHOT", "GENERATOR"]
