# Two commands matter: `make run` and `make test`. `make help` lists the rest.

SWIFT ?= swift
# Passed to `chat-broker serve` by `make run`: make run ARGS="--port 7500"
ARGS ?=
# Passed to every build and run of the tests: SWIFT_TEST_FLAGS=--enable-code-coverage
SWIFT_TEST_FLAGS ?=
# Tests that `make test-tsan` runs.
TSAN_FILTER ?= ChatServerTests
# Suites that `make test` runs at a time. With 2, the output of each comes when it ends. Needs GNU Make 4 and flock.
TEST_JOBS ?= 1
# Kills of the broker in `make test-crash`.
CRASH_ROUNDS ?= 200
# Seconds that `make fuzz` runs.
FUZZ_SECONDS ?= 60

BROKER = .build-broker/release/chat-broker

export SWIFT
# The same program with the C library inside, as `make image` leaves it: what the image has, to try without a container.
IMAGE_BROKER = .build-image/chat-broker

# What brokers say at their start is for people, and read by the suites.
test test-%: export CHAT_LOG_FORMAT ?= text
# Where buildah has put the image, podman has to look for it.
promote: export STORAGE_DRIVER ?= overlay

# Only suites may run at the same time; what builds or installs waits for another that does.
ifeq ($(filter suites-together test-tsan,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif
.DEFAULT_GOAL := help
.PHONY: help run broker image benchmarks build-gate benchmark-gate limit-server deps-benchmarks deps deps-test build \
  build-tests test test-unit test-interop test-api test-browser test-acceptance test-health test-telemetry test-logging \
  test-traces test-backup test-downstream test-kubernetes test-image test-crash build-tsan test-tsan fuzz check lint format \
  tidy generate-rules generate check-generated configuration-docs check-configuration-docs metrics-docs \
  check-metrics-docs coverage docs clean

help: ## List these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

## Running

run: broker ## Install what is missing, build for release and start the broker (ARGS="--port 7500").
	@exec $(BROKER) serve $(ARGS)

# Linked statically: one file to copy, and a tenth less CPU, because reference counting needs no detour.
broker: deps ## Build the broker for release, as one file: .build-broker/release/chat-broker.
	@.ci/build-broker

image: broker ## Build the image localhost/chat-broker:test, and fail if it is too large. Needs root.
	@.ci/deps image
	Deploy/docker/build-image.sh
	Deploy/docker/sbom.py > .build-image/sbom.cdx.json

$(IMAGE_BROKER):
	$(MAKE) image

deps: ## Check Swift and install the system libraries that the build needs.
	@.ci/deps build

deps-test: deps ## Install what the tests need besides.
	@.ci/deps test

build: deps ## Build everything for debugging.
	$(SWIFT) build

## Testing

test: deps-test deps-monitoring test-unit test-downstream ## Install what the tests lack and pass them all (TEST_JOBS=2).
	$(MAKE) $(if $(filter-out 1,$(TEST_JOBS)),--jobs=$(TEST_JOBS) --output-sync=target) suites-together
	$(MAKE) suites-alone

# They mostly wait for what they test, so two can share a machine. The longest is first.
suites-together: test-browser test-interop test-api test-acceptance test-health test-telemetry test-kubernetes test-monitoring

# They compare speeds, or take all cores.
suites-alone: test-canary test-crash

build-tests: deps
	$(SWIFT) build --build-tests $(SWIFT_TEST_FLAGS)

test-unit: build-tests ## Run the unit tests and the simulation.
	@.ci/unit-tests $(SWIFT_TEST_FLAGS)

test-interop: build-tests deps-test ## Chat with Python clients that know only Protos/, over TCP and WebSocket.
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/Interop/run.sh

test-api: build-tests deps-test ## Try the HTTP API by its description, with right and wrong requests.
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/API/run.sh

test-browser: build-tests deps-test ## Use the chat page and the console in Chromium (CHAT_SCREENSHOTS=Docs/images makes the pictures).
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/Browser/run.sh

test-acceptance: build-tests deps-test ## Use the program as people do, in terminals.
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/Acceptance/run.sh

test-telemetry: build-tests deps-test ## Read the log, the traces and backups of a broker with the programs that they are for.
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/Telemetry/run.sh

test-logging: build-tests deps-test ## Only the log, through rsyslog.
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/Telemetry/run.sh -k test_logging

test-traces: build-tests deps-test ## Only the traces.
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/Telemetry/run.sh -k test_traces

test-backup: build-tests deps-test ## Only backups and restoring them.
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/Telemetry/run.sh -k test_backup

# In the folder of the other tests, so that only its own file is compiled. Which package was built there last is not
# remembered right, so nothing that SwiftPM remembers of that is used.
test-downstream: build-tests ## Build and run a package that depends on this one.
	$(SWIFT) build --package-path Tests/Downstream --scratch-path .build --disable-build-manifest-caching $(SWIFT_TEST_FLAGS)
	.build/debug/downstream

test-health: build-tests deps-test ## Break parts of a running broker, and look how it says so, heals, drains or ends.
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/Health/run.sh

test-kubernetes: build-tests deps-test ## Check the manifests in Deploy/kubernetes and the other files of Deploy/.
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/Deploy/run.sh kubernetes

test-image: image ## Run the image: limits, networks, volumes, signals. Linux and root; not part of make test.
	Tests/Deploy/run.sh image

test-crash: build-tests ## Kill the broker under load, 200 times, and check every promise (CRASH_ROUNDS=20).
	.build/debug/crash-check run --broker .build/debug/chat-broker --rounds $(CRASH_ROUNDS)

build-tsan: deps
	@.ci/tsan --build

test-tsan: deps ## Run the server tests under Thread Sanitizer.
	@.ci/tsan "$(TSAN_FILTER)"

fuzz: deps ## Feed the decoder with mutated frames for a minute (FUZZ_SECONDS=600).
	@.ci/fuzz "$(FUZZ_SECONDS)"

## Monitoring and delivery

# The broker that is judged, and the one that it is compared with: by default what the last release, or the commit
# before, builds to. make gate REFERENCE=/path/to/chat-broker; make canary CANDIDATE=.build-image/chat-broker
CANDIDATE ?= $(BROKER)
REFERENCE ?= .build-reference/release/chat-broker
REFERENCE_COMMIT ?= $(shell git describe --tags --abbrev=0 2>/dev/null || git rev-parse HEAD^)
# Another candidate than ours need not be built, and that of the image only if it is not there.
CANDIDATE_BUILD = $(if $(filter $(BROKER),$(CANDIDATE)),broker,$(filter $(IMAGE_BROKER),$(CANDIDATE)))
# How a roll-out went, for `make promote`.
VERDICT = .build-canary/verdict.json

.PHONY: suites-together suites-alone test-integration test-monitoring test-canary deps-monitoring preview gate canary canary-check promote

test-integration: test-interop test-api test-browser test-acceptance test-health test-telemetry test-kubernetes \
  test-monitoring ## Test the program from outside: clients, HTTP, pages, commands, health, logs, metrics, manifests.

test-monitoring: build-tests deps-monitoring ## Test rules, alerts, dashboards and the runbook against a real Prometheus.
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/Monitoring/run.sh

test-canary: build-tests deps-monitoring ## Test the gate and the canary behind a real Envoy, with brokers that are bad on purpose.
	CHAT_BROKER="$(CURDIR)/.build/debug/chat-broker" Tests/Pipeline/run.sh

deps-monitoring:
	@.ci/deps monitoring

preview: $(CANDIDATE_BUILD) deps-monitoring ## Start the broker as it would be deployed, and use it once (ARGS="--keep").
	@Deploy/pipeline/run.sh preview --broker "$(CANDIDATE)" $(ARGS)

gate: $(CANDIDATE_BUILD) $(REFERENCE) deps-monitoring ## Refuse a broker that is slower or dearer than the one before (REFERENCE=/path/to/it).
	@Deploy/pipeline/run.sh gate --candidate "$(CANDIDATE)" --reference "$(REFERENCE)" $(ARGS)

canary: $(CANDIDATE_BUILD) $(REFERENCE) deps-monitoring ## Roll the broker out behind Envoy on this machine, with live sessions: 5, 50, 100 %.
	@mkdir -p $(dir $(VERDICT))
	@rm -f $(VERDICT)
	@Deploy/pipeline/run.sh rehearsal --candidate "$(CANDIDATE)" --reference "$(REFERENCE)" --write "$(VERDICT)" $(ARGS)

canary-check: ## Ask Prometheus whether a canary may go on (ARGS="--prometheus http://localhost:9090").
	@python3 Deploy/pipeline/canary_check.py $(ARGS)

promote: ## Give an image the name chat-broker:stable, if `make canary` promoted its program; else fail (ARGS="--help").
	@python3 Deploy/pipeline/promote.py --verdict "$(VERDICT)" --broker "$(CANDIDATE)" $(ARGS)

.build-reference/release/chat-broker: deps
	@.ci/reference "$(REFERENCE_COMMIT)" "$@"

## Measuring

benchmarks: deps-benchmarks broker ## Measure for two minutes, beside the brokers that are installed (ARGS="compare --help").
	$(SWIFT) run -c release benchmarks $(ARGS)

# Built beside the broker, so that what both need is compiled once.
build-gate: broker
	$(SWIFT) build -c release --static-swift-stdlib --scratch-path .build-broker --product benchmarks

benchmark-gate: build-gate ## Fail if a delivery or an idle session costs more than Benchmarks/thresholds.json allows.
	.build-broker/release/benchmarks gate
	.build-broker/release/benchmarks compare --in-turn --scenarios A8,C --against limit --rounds 1 --seconds 0.5

limit-server: .build/limit-server ## Build the least that a fan-out server can do, which brokers are measured against.

.build/limit-server: Benchmarks/limit-server.c
	@mkdir -p .build
	$(CC) -O2 -Wall -Wextra -o $@ $<

.build/libmalloc-count.so: Benchmarks/malloc-count.c
	@mkdir -p .build
	$(CC) -O2 -Wall -Wextra -shared -fPIC -o $@ $<

deps-benchmarks: deps
	@.ci/deps benchmarks

## Source code

check: lint tidy check-generated check-metrics-docs check-configuration-docs ## Check what need not run: format, rules, what is made from something else.

lint: ## Check the format of the sources.
	$(SWIFT) format lint --strict --recursive Sources Tests Benchmarks $(wildcard Fuzz) Package.swift

format: ## Bring the sources into the format.
	$(SWIFT) format --in-place --recursive Sources Tests Benchmarks $(wildcard Fuzz) Package.swift

tidy: ## Check the rules that no compiler knows.
	@.ci/tidy

generate-rules: ## Make the PrometheusRule of Kubernetes from Deploy/prometheus/rules.yaml.
	Deploy/kubernetes/rules.sh

generate: ## Make Sources/CChatProtos from Protos/.
	@.ci/deps generate
	Protos/generate.sh

check-generated: ## Fail if Sources/CChatProtos does not match Protos/.
	@.ci/deps generate
	Protos/generate.sh --check

configuration-docs: build-tests ## Write the tables of Docs/configuration.md from the keys in the program.
	@.ci/configuration-docs

check-configuration-docs: build-tests ## Fail if Docs/configuration.md does not match the program.
	@.ci/configuration-docs --check

metrics-docs: build-tests ## Make Docs/metrics.md from the table in the code.
	.build/debug/chat-broker metrics --markdown >Docs/metrics.md

check-metrics-docs: build-tests ## Fail if Docs/metrics.md does not match the table in the code.
	@.build/debug/chat-broker metrics --markdown | diff -u Docs/metrics.md - || \
	  { echo "Docs/metrics.md does not match the code: run make metrics-docs" >&2; exit 1; }

coverage: ## Run the unit tests and print the coverage of each module.
	$(MAKE) test-unit SWIFT_TEST_FLAGS=--enable-code-coverage
	@.ci/coverage

docs: build-tests ## Make reference pages of the libraries in .build/docs; a warning is a failure.
	@.ci/docs

clean: ## Remove everything that was built or installed in this folder.
	rm -rf .build .build-* .venv-*
