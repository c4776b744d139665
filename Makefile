# vitalband: every target sets up what it needs; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= 2
ARCH ?= armv7emsp

.PHONY: help setup toolchain firmware firmware-image mpy demo test test-unit fuzz fuzz-guided soak lint scan sbom format bench gen gen-check clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(READY) ## virtual environment with everything the project needs

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "vitalband needs Python 3.10 or newer (PYTHON=... picks one)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || .ci/system-packages python3-venv python3-dev gcc
	@echo "setting up $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -e '.[test]' || $(BIN)/python -m pip install --quiet -e '.[test]'
	@$(BIN)/python -m compileall -q firmware_sim host_sdk hil_tests
	@touch $@

toolchain: # system packages that images are built and emulated with, where they are missing
	@.ci/toolchain

firmware: $(READY) toolchain ## MicroPython images with the firmware frozen in (FIRMWARE="qemu-m3 --modules" for some)
	@$(BIN)/python -m firmware_sim.images $(FIRMWARE)
	@$(BIN)/python -m firmware_sim.targets.qemu.heap_left

firmware-image: $(READY) ## the firmware as a signed image, for vitalband flash (IMAGE="--help")
	@$(BIN)/vitalband build-image $(IMAGE)

mpy: $(READY) ## the firmware compiled for a stock board (ARCH=armv7emsp, xtensawin, armv7m, armv6m or rv32imc)
	@$(BIN)/python -m firmware_sim.images.mpy $(ARCH)

demo: $(READY) ## a simulated wearable, live over BLE and serial, then a recording other tools open
	@$(BIN)/vitalband demo $(DEMO)

test: $(READY) gen-check firmware ## everything that must pass
	@$(BIN)/python -m pytest -n $(JOBS)

test-unit: $(READY) ## the fast part
	@$(BIN)/python -m pytest -n $(JOBS) -m "not slow and not qemu" firmware_sim host_sdk

fuzz: $(READY) ## a minute of seeded attacks on readers, loaders and links (FUZZ="--seconds 600 --seed 2")
	@$(BIN)/python -m hil_tests.fuzz $(FUZZ)

fuzz-guided: $(READY) ## two minutes of parsers attacked by coverage, corpus kept (GUIDED="wire smp --seconds 600")
	@$(BIN)/python -m hil_tests.fuzz.guided $(GUIDED)

soak: $(READY) ## five minutes of drawn scenarios with faults (SOAK="--minutes 60 --seed 2")
	@$(BIN)/python -m hil_tests.soak $(SOAK)

lint: $(READY) ## style and types, firmware included
	@! grep -rnE '^(<{7}|>{7}) ' --include='*.md' --include='*.toml' docs models *.md *.toml
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

scan: $(READY) ## secrets in files, bounds of dependencies; needs no network
	@$(BIN)/python -m hil_tests.supply_chain

sbom: $(READY) ## software bill of materials, build/sbom.cdx.json
	@$(BIN)/python -m hil_tests.supply_chain --sbom build/sbom.cdx.json

format: $(READY) ## format and fix what can be fixed
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(READY) ## measure the figures in docs/benchmarks.md (BENCH="--help" for parts and lengths)
	@$(BIN)/python -m hil_tests.bench $(BENCH)

gen: $(READY) ## write the codecs and the protocol page from wire.toml, the firmware's networks, and the API page
	@$(BIN)/python -m firmware_sim.schema
	@$(BIN)/python -m models.freeze
	@$(BIN)/python -m hil_tests.api_page
	@$(BIN)/python -m hil_tests.scenarios.schema
	@$(BIN)/python -m hil_tests.fidelity

gen-check: $(READY) ## fail where a generated file differs from what it is made of
	@$(BIN)/python -m firmware_sim.schema --check
	@$(BIN)/python -m models.freeze --check
	@$(BIN)/python -m hil_tests.api_page --check
	@$(BIN)/python -m hil_tests.scenarios.schema --check
	@$(BIN)/python -m hil_tests.fidelity --check

clean: ## remove everything that was made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache recordings
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
