# make demo   set everything up on a fresh machine and run the main job end to end
# make test   set up and run the tests (what CI runs); make test-all adds the slow ones
# make lint   ruff and mypy; make docs: pages; make bench: speed tables; make tables: regenerate the C headers

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# For the demo: neither TensorFlow nor what developers use.
ENOUGH := $(VENV)/.enough
DEMO ?= demo
SKIPPED ?=          # file that gets the names of the tests that were skipped

.PHONY: demo test test-all lint docs bench mutants tables clean

$(ENOUGH): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[report]'
	@touch $@

$(READY): $(ENOUGH)
	$(BIN)/python -m pip install --quiet --editable '.[train,report,dev]'
	@touch $@

demo: $(ENOUGH)
	$(BIN)/rnnoise-py demo -o $(DEMO)

test: $(READY)
	RNNOISE_SKIPPED=$(SKIPPED) $(BIN)/python -m pytest -n 2 --dist loadfile -m 'not slow'

test-all: $(READY)
	$(BIN)/python -m pytest
	$(BIN)/python -m pip install --quiet nox && $(BIN)/python -m nox

lint: $(READY)
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	if command -v actionlint >/dev/null; then actionlint; fi

docs: $(READY)
	$(BIN)/python -m mkdocs build --strict --quiet

# make mutants ROOM=rows MOST=50: would the tests notice?
mutants: $(READY)
	$(BIN)/python -m pip install --quiet cosmic-ray coverage
	$(BIN)/python -m tests.mutants $(ROOM) --most $(or $(MOST),0)

bench: $(READY)
	$(BIN)/python -m pytest benchmarks --benchmark-json=benchmarks/results.json
	$(BIN)/python -m benchmarks.table benchmarks/results.json

tables: $(READY)
	$(BIN)/python -m rnnoise_py.codegen.headers

clean:
	rm -rf $(VENV) $(DEMO) build dist reference_c/build
