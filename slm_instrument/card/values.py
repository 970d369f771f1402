"""A card as plain JSON values, for programs."""

from typing import Any

from slm_instrument.card.facts import Card


def to_json(card: Card) -> dict[str, Any]:
    """The card: who it is of, whether it may answer, all sections as pairs of a word and a text, and its limits."""
    manifest = card.manifest
    return {
        "bundle": manifest.id,
        "task_id": manifest.task_id,
        "task": manifest.task_name,
        "verdict": manifest.certificate.verdict,
        "verdict_means": card.verdict,
        "retired": card.retired,
        "sections": {section.title: dict(section.rows) for section in card.sections},
        "limits": card.limits,
    }
