# Everything a change needs: make test. It installs what the tests drive for
# real (a browser, a database) where that is missing, and says so.
GO ?= go
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.7.0
BENCHSTAT = golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da

.PHONY: test check unit race bench soak fuzz generate tools

test: tools check unit race
	@echo "make test: all passed"

# The browser that looks at the HTML report, PostgreSQL for the ledger's store,
# ssh-keygen and OpenSSH's published signatures for those of authorities,
# systemd-analyze for the unit.
tools:
	@need() { test -n "$$2" && return; echo "installing $$1, $$3"; \
		sudo=; test "$$(id -u)" = 0 || sudo=sudo; \
		$$sudo apt-get update -q && $$sudo apt-get install -q -y --no-install-recommends $$1; }; \
	need chromium "$$(command -v chromium)" "for the tests of the HTML report" && \
	need postgresql "$$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" "for the tests of the ledger's store" && \
	need strace "$$(command -v strace)" "for the test that nothing is reached but loopback" && \
	need openssh-client "$$(command -v ssh-keygen)" "for the tests of signatures" && \
	need openssh-tests "$$(ls /usr/lib/openssh/regress/unittests/sshsig/testdata/ed25519_sk.sig 2>/dev/null)" "for the tests of signatures" && \
	need systemd "$$(command -v systemd-analyze)" "for the test of its unit"

check:
	@echo "gofmt, go vet, staticcheck"
	@test -z "$$(gofmt -l .)" || { echo "not formatted:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	cd bench && $(GO) vet ./...
	cd interop && $(GO) vet ./...

unit:
	$(GO) test -timeout 20m ./...
	$(GO) test -timeout 10m -run TestSimulatedDisk ./storage -simulate 60s
	cd bench && $(GO) test -timeout 10m ./...
	cd interop && $(GO) test -timeout 10m ./...

# Where goroutines meet: the plan's workers, the server and its ledger.
race:
	$(GO) test -race -timeout 20m -run 'TestWorkers' ./plan
	$(GO) test -race -timeout 20m -short ./server ./ledger ./witness ./access ./audit ./usage

# The figures of docs/benchmarks.md: medians of six rounds, with allocations.
bench:
	$(GO) test -run '^$$' -bench . -benchmem -count 6 ./account ./decision ./plan ./trace ./yield ./ledger ./storage ./signature ./receipt > bench.out || { cat bench.out; exit 1; }
	$(GO) test -run '^$$' -bench HTTP -benchtime 50000x -count 6 ./server >> bench.out || { cat bench.out; exit 1; }
	$(GO) test -run '^$$' -bench 'Audit|Start|Fleet|Report' -benchtime 3x -count 1 ./server ./usage >> bench.out || { cat bench.out; exit 1; }
	$(GO) run $(BENCHSTAT) bench.out
	cd bench && $(GO) run ./table

# Longer runs of the property tests and the fuzzers.
soak:
	$(GO) test -timeout 60m ./account ./decision ./world ./queue -rapid.checks=20000
	$(GO) test -timeout 60m ./control -rapid.checks=5000
	$(GO) test -timeout 60m -run "TestSimulatedDisk|TestFlipped" ./storage -simulate 20m -flip-all
	$(GO) test -timeout 60m ./cmd/proviso -run TestKilled -kill-rounds 1000
	$(GO) test -run xxx -fuzz FuzzRead -fuzztime 10m ./document
	for f in FuzzDecode FuzzCheckCanonical FuzzParseProof FuzzOpenCheckpoint FuzzParsePolicy; do $(GO) test -run xxx -fuzz $$f -fuzztime 2m ./ledger || exit 1; done
	$(GO) test -run xxx -fuzz FuzzParseRequest -fuzztime 2m ./witness
	$(GO) test -run xxx -fuzz FuzzBodies -fuzztime 5m -fuzzminimizetime 10x ./server

generate:
	$(GO) generate ./...
