# Everything is done with make; `make help` lists it. The one thing to have beforehand is Go.

# Build flags stand here and nowhere else: a change of any of them compiles everything anew, the libraries and the C code too.
# What is tested is what is packaged: -trimpath for both. GOTOOLCHAIN=local: the Go that was checked is the Go that builds.
# GOEXPERIMENT stays empty: runtimesecret would wipe what Go leaves on its stacks, but only where a program asks for it, on two platforms,
# without a promise; the wallet's secrets live outside Go's memory instead.
GO_NEEDED           := 1.26
export GOFLAGS      := -buildvcs=false -trimpath
export GOEXPERIMENT :=
export GOTOOLCHAIN  := local
export CGO_ENABLED  := 1

# Without a home, Go's caches go into this folder.
ifeq ($(strip $(HOME)),)
export HOME := $(CURDIR)/.cache/home
endif

# What is only unpacked, since installing it would change the system (scripts/packages.sh).
WITH_UNPACKED := PATH="$$(scripts/path.sh)"

# Tools, each at one version.
GOLANGCI  := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOTESTSUM := go run gotest.tools/gotestsum@v1.13.0

# The version stands in FyneApp.toml; the linker writes it into the program.
VERSION   := $(shell sed -n 's/^Version = "\(.*\)"$$/\1/p' FyneApp.toml)
BUILD     := go build -ldflags '-X main.version=$(VERSION)'
BIN       := build/bin
FUZZTIME  ?= 20s
BENCHTIME ?= 1s
RUNS      ?= 20
WHOLE     ?= 5
ARGS      ?=

# Modules of their own, which ./... does not reach.
NESTED := tools/peers/gojose

# What the race detector watches: everything that runs more than one thing at a time, or writes what must not be lost.
RACE := ./internal/secret/... ./internal/durable/... ./internal/child ./internal/attach/logind ./journal/... ./keystore/... ./token ./token/helper/... ./app/... ./ui ./ui/parts

# What starts processes, and would be late where others keep the processors busy: these packages are tested one after the other.
PROCESSES := . ./cmd/... ./internal/attach/... ./internal/built ./internal/child ./internal/demo ./internal/deptest ./internal/journey \
	./internal/single ./scripts ./token/helper ./token/virtual ./token/virtual/hid ./token/virtual/judge ./token/virtual/pcscd \
	./token/virtual/vpcd ./ui/desktop

# What a test may ask of make: the programs that are built, by a digest of all of them (internal/built), and the lists.
TO_TESTS = $(WITH_UNPACKED) HOLDFAST_RACE='$(RACE)' HOLDFAST_PROCESSES='$(PROCESSES)' HOLDFAST_NESTED='$(NESTED)' \
	HOLDFAST_PROGRAMS=$$(find $(BIN) -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -d ' ' -f 1)

# make by a name under which it is no part of this make, which would run it in a dry run, too.
SAME_MAKE := $(MAKE)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help go build-packages demo-packages packages build stage run demo journey test lint fmt imports bench fuzz stress faults mutants peers \
	findings notices package leaves clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

go:
	@scripts/check-go.sh $(GO_NEEDED)

build-packages: go
	@scripts/packages.sh build

demo-packages: go
	@scripts/packages.sh build demo

packages: go
	@scripts/packages.sh build test

build: build-packages ## build the wallet, build/bin/holdfast, and its command line, build/bin/holdfastctl
	@mkdir -p $(BIN)
	@scripts/progress.sh "the wallet" $(BUILD) -o $(BIN)/ . ./cmd/holdfastctl

# What the demonstration needs besides: the emulated keys, the panel that touches them, and the wallet that tells the journey what it shows.
stage: demo-packages build
	@mkdir -p $(BIN)/journey
	@scripts/progress.sh "the emulated keys" $(BUILD) -o $(BIN)/ ./cmd/virtualkey ./cmd/keypanel
	@scripts/progress.sh "the journey" $(BUILD) -tags journey -o $(BIN)/journey/ .

run: build ## open the wallet with your own security keys; ARGS are its flags: make run ARGS="--vault work"
	@$(BIN)/holdfast $(ARGS)

demo: stage ## try the wallet with two emulated security keys; without a display: play the owner's whole journey, into out/demo
	@$(WITH_UNPACKED) go run ./internal/demo

journey: stage ## play the owner's whole journey, into out/demo, where there is a display, too
	@$(WITH_UNPACKED) go run ./internal/demo -journey

test: packages stage lint ## check the code and run every test, the import test among them; what fails runs once more
	@$(TO_TESTS) scripts/test.sh $(GOTESTSUM)

# The linter and the window's OpenGL take minutes to compile, much of it on one core: side by side where nothing is compiled yet.
lint: packages ## check the code without running it
	@go build ./... & $(GOLANGCI) version >/dev/null; wait
	go mod tidy -diff
	$(GOLANGCI) run ./...
	$(GOLANGCI) run --build-tags journey ./ui/desktop
	for m in $(NESTED); do (cd $$m && go mod tidy -diff && $(GOLANGCI) run ./...) || exit 1; done

fmt: go ## format the code
	$(GOLANGCI) fmt ./...

imports: packages ## check who imports whom
	go test ./internal/deptest

bench: stage ## measure, with the ratios that matter, and the window beside a bare one
	$(WITH_UNPACKED) go test -run '^$$' -bench . -benchtime $(BENCHTIME) -benchmem ./app/... ./keystore/... ./token/helper ./token/fido2 ./internal/attach
	$(BUILD) -o $(BIN)/ ./internal/windowbench/bare
	@$(WITH_UNPACKED) go run ./internal/windowbench

fuzz: packages ## run every fuzz target for FUZZTIME (20s)
	@scripts/fuzz.sh $(FUZZTIME)

stress: stage ## what starts processes, each package RUNS times (20), then all tests WHOLE times (5), on a machine kept busy; PACKAGES="./ui" picks
	@$(TO_TESTS) scripts/busy.sh scripts/stress.sh $(RUNS) $(or $(PACKAGES),$(PROCESSES))
	@$(if $(PACKAGES),,scripts/busy.sh scripts/whole.sh $(WHOLE) $(SAME_MAKE) --no-print-directory test GOFLAGS='$(GOFLAGS) -count=1')

faults: stage ## run only the tests in which a step of the disk, a token or a process fails
	@scripts/some-tests.sh Fault
	@$(TO_TESTS) $(GOTESTSUM) --format testname -- -count=1 -run Fault ./...

mutants: packages ## make one line of the product wrong at a time, and see that a test fails
	@go run ./tools/mutants

peers: go ## let other people's programs judge what is ours, and record what they say
	@scripts/peers.sh

findings: go ## see whether what surprised us in other people's programs still holds
	@scripts/findings.sh

# The files are replaced only when the tool has ended well.
notices: build-packages ## write THIRD_PARTY_NOTICES and packaging/copyright anew, from what is linked
	@mkdir -p build
	go run ./tools/notices >build/notices && mv build/notices THIRD_PARTY_NOTICES
	go run ./tools/notices -debian >build/notices && mv build/notices packaging/copyright

package: build ## build/dist: a .tar.gz and a .deb, which lintian looks at where it is installed
	@scripts/packages.sh package
	@scripts/package.sh $(BIN) build/dist
	@scripts/lintian.sh build/dist

leaves: go ## see in a fresh Debian, as root, that what make gets leaves a system as it was (debootstrap)
	@scripts/leaves.sh

clean: ## take away what make built
	rm -rf build out .cache
