# make test    builds everything and runs all tests        make demo    shows a job remembered, replayed and re-run
# make check   format, lints, docs, types, other systems   make bench   measures all beside floors and peers
# make wheel   dist/*.whl                                   make traps   shows who falls into which trap, peers too
# make soak    runs the endless tests for hours             make fuzz    hands each decoder any bytes, FUZZ_SECONDS each
# make layout  lists what a hit touches, for the linker    make clean   removes all that this file makes
# make install the command, its manual pages and completions, below PREFIX (and DESTDIR, for packages)
#
# Needs a Rust toolchain, a C compiler and Python 3.9 or later. Everything else comes from crates.io and PyPI, into target/ and .venv/.

PYTHON ?= python3
PREFIX ?= /usr/local
# The program that is installed; built where none is named. (Who builds as himself and installs as root names it.)
PROGRAM ?=
VENV := .venv
BIN := $(VENV)/bin
# Made once; a newer version here is made anew.
CARGO_DENY := target/tools/cargo-deny-0.20.2
CARGO_FUZZ := target/tools/cargo-fuzz-0.13.2
FUZZ_SECONDS ?= 60
# What only measures.
ONLY_LINUX := fill job look spawn
OTHER_SYSTEMS := x86_64-pc-windows-gnu aarch64-apple-darwin

# All that the wheel is made of: a wheel younger than these is not built again.
SOURCES := $(shell find Cargo.toml Cargo.lock pyproject.toml README.md LICENSE-* .cargo core/Cargo.toml core/src cli/Cargo.toml cli/build.rs cli/hit.ld cli/src \
	python/build python/native python/src -type f ! -name '*.pyc' ! -name '*.so' ! -name '*.pyd')

.PHONY: test test-rust test-python test-pythons soak fuzz check check-rust check-systems check-dependencies check-python wheel install demo bench traps layout clean
.DEFAULT_GOAL := test

# Whether a tool from crates.io is there, or can be had. Not optimised: it compiles in half the time, and runs for a second.
installed = { test -x $(1)/bin/$(firstword $(subst -0, ,$(notdir $(1)))) || \
	CARGO_TARGET_DIR=$(1)/build cargo install --quiet --debug --locked --root $(1) $(subst -0,@0,$(notdir $(1))) && rm -rf $(1)/build; }

test: test-rust test-python test-pythons

test-rust:
	cargo test --locked

test-python: $(VENV)/.wheel
	$(BIN)/python -m pytest
	$(BIN)/python -m pytest -q --threads=8

# All others from 3.9 to 3.13 that are found on PATH or among pyenv's.
test-pythons: $(VENV)/.wheel
	$(BIN)/python python/tests/everywhere.py

# What is random or endless in the tests, for long instead of for a moment.
soak: $(VENV)/.wheel
	JOBSTAMPS_SOAK=1 cargo test --locked
	JOBSTAMPS_SOAK=1 $(BIN)/python -m pytest

# Under libFuzzer, one after the other. What crashes is written to fuzz/artifacts/, and becomes a test.
fuzz:
	@if ! rustc +nightly --version >/dev/null 2>&1; then echo "SKIPPED: fuzz takes a nightly Rust"; exit 0; fi; \
	if ! $(call installed,$(CARGO_FUZZ)); then echo "SKIPPED: fuzz takes cargo-fuzz, which cannot be installed"; exit 0; fi; \
	cargo run --quiet --locked -p decoders --example seeds -- fuzz/corpus || exit 1; \
	for decoder in $(notdir $(basename $(wildcard fuzz/targets/*.rs))); do \
		echo "fuzz: $$decoder, $(FUZZ_SECONDS) s"; \
		PATH="$(CURDIR)/$(CARGO_FUZZ)/bin:$$PATH" nice -n 19 cargo +nightly fuzz run --target-dir target/fuzz $$decoder -- \
			-max_total_time=$(FUZZ_SECONDS) -max_len=8192 -rss_limit_mb=2048 -timeout=20 -verbosity=0 -print_final_stats=1 || exit 1; \
	done

check: check-rust check-systems check-dependencies check-python

# Twice: with the tests, for which core has failpoints, and as it is shipped.
check-rust:
	cargo fmt --all --check
	rustfmt --check --edition 2024 fuzz/targets/*.rs
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --workspace -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps

# Linux is where everything is tested; elsewhere the code must at least compile.
check-systems:
	@for system in $(OTHER_SYSTEMS); do \
		installed() { test -d "$$(rustc --print=target-libdir --target=$$system)"; }; \
		installed || rustup --quiet target add $$system >/dev/null 2>&1; \
		if installed; then \
			echo "cargo check --locked --workspace --target $$system, all that people use"; \
			cargo check --locked --workspace $(addprefix --exclude ,$(ONLY_LINUX)) --target $$system || exit 1; \
		else \
			echo "SKIPPED: target $$system is not installed"; \
		fi; \
	done

# Licences, sources and versions of all that we build on (deny.toml). What is known against them lies on GitHub, which not
# every machine reaches.
check-dependencies:
	@if ! $(call installed,$(CARGO_DENY)); then \
		echo "SKIPPED: licences, sources and advisories of dependencies; cargo-deny cannot be installed"; exit 0; \
	fi; \
	deny() { echo "cargo deny $$*"; $(CARGO_DENY)/bin/cargo-deny --locked "$$@"; }; \
	deny check licenses bans sources || exit 1; \
	if deny fetch db 2>/dev/null; then deny check advisories; \
	else echo "SKIPPED: advisories about dependencies; their database cannot be reached"; fi

check-python: $(VENV)/.requirements
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

wheel: dist/.wheel

# The build tools of the .venv, not fresh ones from PyPI: the same versions each time, and no download.
dist/.wheel: $(SOURCES) $(VENV)/.requirements
	rm -rf dist
	$(BIN)/python python/build/command.py
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pip wheel . --no-deps --no-build-isolation --wheel-dir dist
	touch $@

install:
	@$(PYTHON) python/build/share.py "$(DESTDIR)$(PREFIX)" $(PROGRAM)

$(VENV)/.wheel: dist/.wheel
	$(BIN)/python -m pip install --quiet --force-reinstall --no-deps dist/*.whl
	touch $@

$(VENV)/.requirements: python/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r python/requirements.txt
	touch $@

demo:
	$(PYTHON) docs/demo.py

# BENCH="hit replay" measures only these, and keeps nothing; bench/README.md says what there is.
bench: $(VENV)/.$(if $(filter calls,$(or $(BENCH),calls)),wheel,requirements)
	cd bench && ../$(BIN)/python -m speed $(BENCH)

# Lists anew for the linker what a hit touches: cli/hit.ld. To be run when hits have come to need other functions.
layout: $(VENV)/.requirements
	$(BIN)/python python/build/layout.py

traps: $(VENV)/.wheel
	cd bench && ../$(BIN)/python -m traps

clean:
	cargo clean
	rm -rf dist $(VENV) target
	rm -f python/src/jobstamps/_native.*.so python/src/jobstamps/_native.*.pyd
