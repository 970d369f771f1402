"""A bundle with a history: certified, with scores of held-out calls, made from calls of a task with a hostile name."""

from dataclasses import replace

import numpy as np
import pytest

from slm_instrument.runtime.bundle import BaseModel, TaughtBy, TermsRecord, write_bundle
from slm_instrument.runtime.held_out import HELD_OUT, FieldAgreement, HeldOut, SplitScores, encode_held_out
from slm_instrument.runtime.testing import write_fake_bundle
from slm_instrument.train.certify import Scores, certify, certify_also
from slm_instrument.train.evaluate import test_metrics

HOSTILE = (
    'in[link](http://x.example) <script>alert(1)</script> | `rm` \x1b[31m\u202e "quoted"\n# heading\u2028--- [bold]'
)


def split_of(calls, seed):
    """Calls of a student that is right as often as its score says; some of them it refuses."""
    draw = np.random.default_rng(seed)
    scores = draw.beta(8, 0.6, calls) * (draw.random(calls) > 0.03)
    return SplitScores(tuple(scores.tolist()), tuple((draw.random(calls) < scores).tolist()))


def scores_of(split):
    return Scores.of(list(zip(split.scores, split.agreed, strict=True)))


@pytest.fixture
def make_bundle(tmp_path):
    """Writes such a bundle with changes to its manifest; ``held_out=None`` leaves the scores out."""

    def make(held_out="made", task_name=HOSTILE, **changes):
        fake = write_fake_bundle(tmp_path / "fake", task_id="task-1", task_name=task_name)
        validation, calibration, test = split_of(200, 1), split_of(400, 2), split_of(200, 3)
        scores = [scores_of(split) for split in (validation, calibration, test)]
        certificate = certify(scores[0], scores[1])
        also = certify_also(scores[0], scores[1], besides=0.95, confidence=0.95)
        teacher = TaughtBy(
            provider="acme", model="big-1", calls=900, verdict="restricted", limits="no rivals", source="its terms"
        )
        manifest = replace(
            fake.manifest,
            certificate=certificate,
            test=test_metrics(scores[2], (1.5,), certificate.threshold, 0.95),
            base_model=BaseModel("sentence-transformers/all-MiniLM-L6-v2", "apache-2.0", "ab" * 32),
            terms=TermsRecord(policy="warn", acknowledged_by=None, teachers=(teacher,)),
            **changes,
        )
        files = {name: fake.path / name for name in fake.manifest.files}
        if held_out == "made":
            fields = (FieldAgreement("order.id", 200, 150), FieldAgreement("never", 0, 0))
            held_out = HeldOut(validation=validation, calibration=calibration, test=test, also=also, fields=fields)
        if held_out is not None:
            files[HELD_OUT] = tmp_path / HELD_OUT
            files[HELD_OUT].write_bytes(encode_held_out(held_out))
        return write_bundle(tmp_path / "models", manifest, files)

    return make
