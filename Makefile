# Needs GNU make, git and Python 3.11 to 3.14; everything else goes into .venv. Try `make help`.

VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements-dev.lock

# The newest Python that the lock covers and that can make environments; `python3` as the last resort.
CAN_MAKE_VENV := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	"$$python" -c '$(CAN_MAKE_VENV)' >/dev/null 2>&1 && { echo "$$python"; break; }; done)

EXPERIMENT ?= eyexam
ARGS ?= --config=configs/eyeriss_v2_mobilenet.py --output_dir=output/eyexam
JOBS ?= 2
PYTEST_ARGS ?=

PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
PYTEST := $(BIN)/python -m pytest -n $(JOBS)
# pyright runs on the node wheel in .venv; this keeps it from asking for newer versions of itself.
PYRIGHT := env PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/python -m pyright

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test test-slow test-attack test-pages aot docs lint format lock clean FORCE

help: ## list the targets
	@echo "usage: make TARGET [NAME=value ...]"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | while IFS='|' read -r target text; do \
		printf '%-14s %s\n' "  $$target" "$$text"; done
	@echo
	@echo "  ARGS           arguments of make run [$(ARGS)]"
	@echo "  EXPERIMENT     what make run runs [$(EXPERIMENT)]"
	@echo "  PYTEST_ARGS    further arguments of pytest; JOBS: its processes [$(JOBS)]"
	@echo "  PYTHON         makes .venv (after make clean) [$(PYTHON)]"

setup: $(VENV)/.installed ## set up .venv if it is missing or outdated

run: $(VENV)/.installed ## run an experiment: Eyexam of MobileNet on Eyeriss v2 by default
	$(BIN)/python -m experiments.$(EXPERIMENT) $(ARGS)

test: $(VENV)/.installed ## run the test suite without its slow part
	$(PYTEST) --dist worksteal -m "not slow and not browser" $(PYTEST_ARGS)

# By files: the commands of the documents are one sequence, and what one published figure computes serves the next.
# pytest's status 5 means that no test is marked slow.
test-slow: $(VENV)/.installed ## run the slow tests, with more examples per property
	HYPOTHESIS_PROFILE=long $(PYTEST) --dist loadfile -m slow $(PYTEST_ARGS) || test $$? -eq 5

# The table in docs/trust.md says what was tried. Those of its tests that are marked slow are part of test-slow as well.
# In this order the files that take longest come first: one process has the sweeps for most of the time.
test-attack: $(VENV)/.installed ## attack it for at most ten minutes, and renew the table in docs/trust.md
	timeout --signal=INT --kill-after=30 600 $(PYTEST) --dist loadfile --no-loadscope-reorder -m attack \
		--attack_table=docs/trust.md $(PYTEST_ARGS) tests/experiments/test_sweep.py $$(grep -rl --include='test_*.py' 'mark\.attack(' tests | sort)

test-pages: $(VENV)/.installed ## test the pages in headless Chromium; screenshots go to output/pages
	$(PYTEST) -n 0 -m browser $(PYTEST_ARGS)

# Not in the lock: it is for Linux on x86-64, takes 0.7 GB, and without JAX_PLATFORMS=cpu it complains of missing chips.
aot: $(VENV)/.installed ## add the TPU compiler of the extra [aot], for experiments.benchmark --compile_for
	$(PIP) install --no-deps --only-binary=:all: libtpu==0.0.42.1

docs: $(VENV)/.installed ## build the documentation in output/docs; every warning is an error
	$(BIN)/python -m sphinx -W -n --keep-going -q -b html docs output/docs

lint: $(VENV)/.installed ## check style, format and types
	@status=0; for check in "$(BIN)/ruff check ." "$(BIN)/ruff format --check ." "$(PYRIGHT)"; do \
		echo "$$check"; $$check || status=1; done; exit $$status

format: $(VENV)/.installed ## format the code and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## rewrite the pinned versions from pyproject.toml
	@$(require_python)
	@echo "lock: resolving eyeriss_jax[dev] in a fresh environment"
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT && \
	"$(PYTHON)" -m venv "$$scratch/venv" && \
	"$$scratch/venv/bin/python" -m pip --quiet install --upgrade setuptools -e ".[dev]" && \
	"$$scratch/venv/bin/python" -m pip freeze --all --exclude-editable > "$$scratch/pins" && \
	{ sed -n '/^#/p' $(LOCK); grep -v '^pip==' "$$scratch/pins"; } > "$$scratch/lock" && cp "$$scratch/lock" $(LOCK)

clean: ## remove .venv, caches and build products, but no results
	rm -rf $(VENV) build dist docs/api *.egg-info .hypothesis .pytest_cache .ruff_cache
	find . -type d -name __pycache__ -prune -exec rm -rf {} +

FORCE:

define require_python
if ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	echo "error: Python 3.11 or newer is needed, with its venv module (Debian, Ubuntu: the python3-venv package)," \
		"and '$(PYTHON)' is not that. Name one: make PYTHON=/path/to/python3.12" >&2; exit 1; \
fi
endef

# A changed lock rebuilds the environment from nothing, and so does a Python that has gone.
$(VENV)/.locked: $(LOCK) $(shell test -x $(BIN)/python || echo FORCE)
	@$(require_python)
	@echo "set-up: creating $(VENV) with $$($(PYTHON) --version)"
	@"$(PYTHON)" -m venv --clear $(VENV) || { echo "error: '$(PYTHON) -m venv' failed; Debian and Ubuntu keep it in" \
		"the python3-venv package, or name another Python: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "set-up: installing $$(grep -c '^[A-Za-z]' $(LOCK)) pinned packages (1.8 GB on disk, half a minute to four)"
	@$(PIP) install --no-deps --only-binary=:all: -r $(LOCK) || { echo "error: the pinned packages could not be" \
		"installed, for the reason above. Check the network connection, and that the Python is one that $(LOCK)" \
		"names: $$($(BIN)/python --version)" >&2; exit 1; }
	@touch $@

# A changed pyproject.toml re-installs the package alone; pip check tells when the lock has fallen behind.
$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	@echo "set-up: installing eyeriss_jax itself"
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check >$(VENV)/pip-check.txt 2>&1 || { cat $(VENV)/pip-check.txt >&2; \
		echo "error: $(LOCK) does not satisfy pyproject.toml; run make lock" >&2; exit 1; }
	@touch $@
	@echo "set-up: done"
