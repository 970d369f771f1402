import subprocess
import sys

import pytest

HEAVY = {"torch", "transformers", "sentence_transformers", "hdbscan", "sklearn", "onnxruntime", "tokenizers", "numpy"}


@pytest.mark.parametrize("module", ["slm_instrument.runtime", "slm_instrument.runtime.replay"])
def test_importing_the_runtime_loads_no_model_code(module):
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(done.stdout.split())


def test_what_is_public_is_there():
    import slm_instrument.runtime as runtime

    assert runtime.__all__ == sorted(runtime.__all__)
    for name in runtime.__all__:
        assert getattr(runtime, name)
