"""An export that answers otherwise than the trained model is refused, and INT8 gives way to full precision."""

import logging
import subprocess
import sys
import warnings
from pathlib import Path

import onnx
import pytest
import torch
from onnx import numpy_helper

from slm_instrument.errors import ExportError
from slm_instrument.train.base_model import find_encoder
from slm_instrument.train.classifier import SentenceClassifier, TrainedClassifier
from slm_instrument.train.export import Exported, check_parity, export_classifier

TEXTS = ["where is my parcel", "refund me", "it broke", "cancel the order please", "hello", "", "x" * 500]


@pytest.fixture(scope="module")
def classifier():
    """The pretrained encoder with a head of chance: exporting does not care what a model has learned."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        encoder = find_encoder(None)
        model = SentenceClassifier(encoder.load(), 384, 3).eval()
        torch.nn.init.normal_(model.head.weight, std=2.0)
    return TrainedClassifier(model, encoder.tokenizer(32), 32, 1, 1.0)


@pytest.fixture(scope="module")
def exported(classifier, tmp_path_factory):
    return export_classifier(classifier, tmp_path_factory.mktemp("export"))


def altered(source: Path, target: Path, change):
    """A copy of an ONNX file with one of its matrices changed."""
    model = onnx.load(source)
    matrices = [matrix for matrix in model.graph.initializer if list(matrix.dims)[:1] == [3] or 3 in matrix.dims]
    assert matrices
    for matrix in matrices:
        if matrix.data_type in (onnx.TensorProto.FLOAT, onnx.TensorProto.INT8) and len(matrix.dims) == 2:
            values = change(numpy_helper.to_array(matrix).copy())
            matrix.CopyFrom(numpy_helper.from_array(values, matrix.name))
    onnx.save(model, target)
    return target


def test_int8_is_shipped_where_it_answers_alike(classifier, exported):
    shipped = check_parity(classifier, exported, TEXTS)
    assert shipped.parity.fp32_agreement == 1.0
    assert shipped.parity.fp32_drift < 1e-4
    assert shipped.parity.inputs == len(TEXTS)
    assert shipped.model == (exported.int8 if shipped.parity.shipped == "int8" else exported.fp32)
    assert exported.int8.stat().st_size < 0.3 * exported.fp32.stat().st_size


def test_a_broken_export_is_refused(classifier, exported, tmp_path):
    broken = altered(exported.fp32, tmp_path / "broken.onnx", lambda values: values[..., ::-1].copy())
    with pytest.raises(ExportError, match="does not answer as the trained one"):
        check_parity(classifier, Exported(broken, exported.int8), TEXTS)


def test_a_broken_quantisation_gives_way_to_full_precision(classifier, exported, tmp_path):
    broken = altered(exported.int8, tmp_path / "broken.onnx", lambda values: values * 0)
    shipped = check_parity(classifier, Exported(exported.fp32, broken), TEXTS)
    assert shipped.model == exported.fp32
    assert shipped.parity.shipped == "fp32"
    assert shipped.parity.quantised_agreement < 0.97


def test_what_cannot_be_exported_says_so_in_one_line(classifier, tmp_path):
    class Unexportable(SentenceClassifier):
        def forward(self, input_ids, attention_mask):
            if float(self.head(torch.zeros(1, 384)).sum()) > input_ids.sum():
                return super().forward(input_ids, attention_mask)
            return super().forward(input_ids * 1, attention_mask)

    with torch.random.fork_rng():
        model = Unexportable(classifier.model.encoder, 384, 3).eval()
    with pytest.raises(ExportError, match="cannot be exported to ONNX") as caught:
        export_classifier(TrainedClassifier(model, classifier.tokenizer, 32, 1, 1.0), tmp_path)
    assert "\n" not in str(caught.value)


def test_exporting_is_silent_and_leaves_logging_as_it_was(exported, capfd, caplog):
    # ``exported`` was made under ``filterwarnings = error``; nothing of it may be left on the loggers.
    assert logging.getLogger().filters == []
    assert logging.getLogger("torch.onnx").level == logging.NOTSET
    assert warnings.filters[0][0] == "error"
    assert caplog.records == []


QUANTISE = """
import logging, sys
from pathlib import Path
import onnx
from slm_instrument.train.export import quantise, quiet

with quiet():
    quantise(onnx.load(sys.argv[1]), Path(sys.argv[2]))
sys.exit(len(logging.getLogger().handlers))
"""


def test_a_process_without_logging_has_none_afterwards(exported):
    """The quantiser calls ``logging.warning``, which would set up the root logger; here pytest has done so before."""
    target = exported.fp32.with_name("again.onnx")
    command = [sys.executable, "-c", QUANTISE, str(exported.fp32), str(target)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, target.is_file()) == (0, True), done.stderr
