# `make` renders; `make help` lists the rest. All of it runs in .venv.

PYTHON := $(firstword $(wildcard /usr/bin/python3) python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SITE := $(VENV)/.installed-site
# One command installs whatever a check below says is missing.
APT := $(if $(filter 0,$(shell id -u)),,sudo )apt-get install -y make curl python3 python3-venv

SHELL_FILES = .ci/run tests/shim/run-bats $(wildcard shell/lib/*.bash shell/dist/*.func \
	examples/*.sh tests/trials/*/*.sh tests/shim/bats/*.bats tests/shim/bats/*.bash tests/bench/*.sh \
	tests/bench/*.bash tests/support/*.bash tests/support/*.sh)

# What `make bats` runs; `make bats SUITES=tests/shim/bats/guest.bats` runs one file.
SUITES = tests/shim/bats/*.bats

# What the scripts of a host find first, not what a version manager puts there.
export PATH := /usr/bin:/bin:$(PATH)

.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.PHONY: help setup build check-fresh docs fmt lint test pytest bats test-new demo bench bench-collector soak-collector \
	test-collector screenshots clean \
	hosts faults audit mutants trials-quick

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(STAMP) ## Make .venv with all that the other targets need

$(STAMP): pyproject.toml
	@command -v curl >/dev/null || { echo 'curl is missing; run: $(APT)' >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or newer is missing; run: $(APT)' >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo 'python3-venv is missing; run: $(APT)' >&2; exit 2; }
	@rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  -e '.[dev,collector,parquet]'
	@touch $@

build: $(STAMP) ## Render the shell files and the reference page
	@$(BIN)/shimgen build --spec community-scripts

docs: build ## The same: the reference page comes with the shell files

check-fresh: $(STAMP) ## Fail if a rendered file is not what the spec says
	@$(BIN)/shimgen build --spec community-scripts --check

fmt: $(STAMP) ## Format Python and shell
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/shfmt -i 2 -w $(filter-out shell/dist/%,$(SHELL_FILES))

lint: $(STAMP) ## Check style, types and shell; silent when all is well
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache --no-logo >$(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }
	@$(BIN)/python -m shimgen.verify.lint $(SHELL_FILES)

test: pytest bats ## Run both suites

pytest: $(STAMP)
	@$(BIN)/pytest -n 2 --dist loadfile --ignore tests/collector/slow --ignore tests/new

bats: $(STAMP)
	@BATS=$(BIN)/bats PYTHON=$(BIN)/python tests/shim/run-bats $(SUITES)

test-new: $(STAMP) ## Run both suites in a copy whose spec has more; takes minutes
	@$(BIN)/pytest tests/new $(ARGS)

demo: $(STAMP) ## Send six reports from a sample installer to a receiver here
	@$(BIN)/python examples/demo.py

bench: $(STAMP) ## Measure what a report costs, and how long a fault holds up
	@cd tests && ../$(BIN)/python -m bench

bench-collector: $(STAMP) ## Measure what a collector keeps, and its pages; needs wrk
	@cd tests && ../$(BIN)/python -m bench.collector $(ARGS)

soak-collector: $(STAMP) ## Send it reports for minutes, and watch its memory
	@cd tests && ../$(BIN)/python -m bench.collector.soak $(ARGS)

test-collector: $(SITE) ## Try the collector where it hurts; needs root and Chromium
	@$(BIN)/pytest tests/collector/slow $(ARGS)

$(SITE): $(STAMP)
	@command -v chromium >/dev/null || \
	  { echo 'chromium is missing; run: $(APT) chromium' >&2; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[site]'
	@touch $@

screenshots: $(SITE) ## Take the pictures in docs/screenshots
	@cd tests && ../$(BIN)/python -m support.screenshots

# The trials. ARGS goes to them: --quick, --only WORD, --json FILE, --help.
TRIAL = @cd tests && ../$(BIN)/python -m trials.$@ $(ARGS)

hosts: $(STAMP) ## Try many Debians, Pythons, bashes and shells; needs root
	$(TRIAL)

faults: $(STAMP) ## Try faults of network and host; needs root
	$(TRIAL)

audit: $(STAMP) ## Trace whole installer runs: files, processes, addresses, bytes
	$(TRIAL)

mutants: $(STAMP) ## Try whether the tests see mistakes
	$(TRIAL)

trials-quick: $(STAMP) ## What CI runs of them
	@$(MAKE) --no-print-directory hosts faults audit mutants ARGS=--quick

clean: ## Remove what the other targets made, but for committed files
	@rm -rf $(VENV) .build .hypothesis .mutants .mypy_cache .pytest_cache .ruff_cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
