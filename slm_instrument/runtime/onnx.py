"""ONNX Runtime as students use it: no telemetry, no spinning threads, CUDA only where there is a GPU."""

import os
import shutil
from pathlib import Path
from typing import Any

from slm_instrument.errors import MissingExtraError

_FATAL_ONLY = 4  # ONNX Runtime's severity scale


def libraries() -> tuple[Any, Any, Any]:
    """numpy, onnxruntime and tokenizers, imported when the first student is made.

    Raises:
        MissingExtraError: one of them is not installed.
    """
    # ONNX Runtime writes a device id under ~/.cache and queues usage events at its first session otherwise.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import numpy
        import onnxruntime  # pyright: ignore[reportMissingTypeStubs]
        import tokenizers
    except ImportError as error:
        raise MissingExtraError("runtime", "a student") from error
    return numpy, onnxruntime, tokenizers


def session(onnxruntime: Any, model: bytes | Path, threads: int, *, cuda: bool = True) -> Any:
    """An inference session on up to ``threads`` threads; weights beside a model's file are found by its path.

    ``cuda`` False keeps a model that was made for the CPU off the GPU.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL_ONLY
    # Waiting threads of an agent's process should sleep, not spin.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = str(model) if isinstance(model, Path) else model
    return onnxruntime.InferenceSession(source, options, providers=_providers(onnxruntime, cuda))


def _providers(onnxruntime: Any, wanted: bool) -> list[str]:
    # onnxruntime-gpu lists CUDA also where there is no GPU, and complains on stderr when it is asked for in vain.
    plausible = Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None
    cuda = wanted and plausible and "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    return ["CUDAExecutionProvider", "CPUExecutionProvider"] if cuda else ["CPUExecutionProvider"]
