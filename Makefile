# Everything a change needs: make test. It installs what the tests drive for
# real (a browser) where that is missing, and says so.
GO ?= go
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.7.0

.PHONY: test check unit race bench soak fuzz generate tools

test: tools check unit race
	@echo "make test: all passed"

# The browser that looks at the HTML report.
tools:
	@command -v chromium >/dev/null || { echo "installing chromium, for the tests of the HTML report"; \
		if [ "$$(id -u)" = 0 ]; then apt-get update -q && apt-get install -q -y --no-install-recommends chromium; \
		else sudo apt-get update -q && sudo apt-get install -q -y --no-install-recommends chromium; fi; }

check:
	@echo "gofmt, go vet, staticcheck"
	@test -z "$$(gofmt -l .)" || { echo "not formatted:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	cd bench && $(GO) vet ./...

unit:
	$(GO) test -timeout 20m ./...
	cd bench && $(GO) test -timeout 10m ./...

# Where goroutines meet: the plan's workers.
race:
	$(GO) test -race -timeout 20m -run 'TestWorkers' ./plan

# The figures of docs/benchmarks.md.
bench:
	$(GO) test -run '^$$' -bench . -benchmem -count 5 ./account ./decision ./plan ./trace
	cd bench && $(GO) run ./table

# Longer runs of the property tests and the fuzzers.
soak:
	$(GO) test -timeout 60m ./account ./decision ./world ./queue -rapid.checks=20000
	$(GO) test -fuzz FuzzRead -fuzztime 10m ./document

generate:
	$(GO) generate ./...
