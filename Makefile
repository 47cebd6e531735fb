# Two commands matter: `make run` and `make test`. `make help` lists the rest.

SWIFT ?= swift
# Passed to `chat-broker serve` by `make run`: make run ARGS="--port 7500"
ARGS ?=
# Passed to every build and run of the tests: SWIFT_TEST_FLAGS=--enable-code-coverage
SWIFT_TEST_FLAGS ?=
# Tests that `make test-tsan` runs.
TSAN_FILTER ?= ChatServerTests
# Kills of the broker in `make test-crash`.
CRASH_ROUNDS ?= 200
# Seconds that `make fuzz` runs.
FUZZ_SECONDS ?= 60

export SWIFT

# Builds wait for one another anyway.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help run deps deps-test build build-tests test test-unit test-interop test-acceptance \
  test-downstream test-crash test-tsan fuzz lint format tidy generate check-generated coverage docs clean

help: ## List these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

## Running

run: deps ## Install what is missing, build for release and start the broker (ARGS="--port 7500").
	$(SWIFT) build -c release --product chat-broker
	@exec .build/release/chat-broker serve $(ARGS)

deps: ## Check Swift and install the system libraries that the build needs.
	@.ci/deps build

deps-test: deps ## Install what the tests need besides.
	@.ci/deps test

build: deps ## Build everything for debugging.
	$(SWIFT) build

## Testing

test: deps-test test-unit test-interop test-acceptance test-downstream test-crash ## Install what the tests lack and pass them all.

build-tests: deps
	$(SWIFT) build --build-tests $(SWIFT_TEST_FLAGS)

test-unit: build-tests ## Run the unit tests and the simulation.
	@.ci/unit-tests $(SWIFT_TEST_FLAGS)

test-interop: build-tests deps-test ## Chat with a Python client that knows only Protos/.
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/Interop/run.sh

test-acceptance: build-tests deps-test ## Use the program as people do, in terminals.
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/Acceptance/run.sh

test-downstream: deps ## Build and run a package that depends on this one.
	$(SWIFT) run --package-path Tests/Downstream --scratch-path .build-downstream downstream

test-crash: build-tests ## Kill the broker under load, 200 times, and check every promise (CRASH_ROUNDS=20).
	.build/debug/crash-check run --broker .build/debug/chat-broker --rounds $(CRASH_ROUNDS)

test-tsan: deps ## Run the server tests under Thread Sanitizer.
	@.ci/tsan "$(TSAN_FILTER)"

fuzz: deps ## Feed the decoder with mutated frames for a minute (FUZZ_SECONDS=600).
	@.ci/fuzz "$(FUZZ_SECONDS)"

## Source code

lint: ## Check the format of the sources.
	$(SWIFT) format lint --strict --recursive Sources Tests Benchmarks $(wildcard Fuzz) Package.swift

format: ## Bring the sources into the format.
	$(SWIFT) format --in-place --recursive Sources Tests Benchmarks $(wildcard Fuzz) Package.swift

tidy: ## Check the rules that no compiler knows.
	@.ci/tidy

generate: ## Make Sources/CChatProtos from Protos/.
	@.ci/deps generate
	Protos/generate.sh

check-generated: ## Fail if Sources/CChatProtos does not match Protos/.
	@.ci/deps generate
	Protos/generate.sh --check

coverage: ## Run the unit tests and print the coverage of each module.
	$(MAKE) test-unit SWIFT_TEST_FLAGS=--enable-code-coverage
	@.ci/coverage

docs: deps ## Make reference pages of the libraries in .build/docs.
	@.ci/docs

clean: ## Remove everything that was built or installed in this folder.
	rm -rf .build .build-* .venv-interop
