"""The generator family at work: a small language model that writes the answer, without torch."""
