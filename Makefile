# What the README and CI run. `make help` lists it.
PYTHON ?= python3
BIN := .venv/bin
POLICY ?= policies/default.yaml
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# The lock files are whole, so nothing is resolved again.
UV := $(BIN)/uv pip install --quiet --compile-bytecode --no-deps --require-hashes --python
CONTAINERS := podman buildah debootstrap runc netavark aardvark-dns iptables iproute2 fuse-overlayfs
export PYTHONDONTWRITEBYTECODE = 1

.DEFAULT_GOAL := help

.PHONY: help
help:  ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

.PHONY: demo
demo: .venv/.runtime  ## Label invented tasks with the embedded model and show what it saw (the first time: 5 minutes)
	$(BIN)/labelguard demo

.PHONY: serve
serve: .venv/.runtime  ## Serve on port 9090; POLICY=policies/openai-redacted.yaml for OpenAI
	$(BIN)/labelguard serve --policy $(POLICY)

# Tests wait for servers a seventh of their time: three workers fill two cores. What is started is compiled once.
.PHONY: test
test: export PYTHONDONTWRITEBYTECODE =
test: lint .venv-label-studio/.synced model chromium postgresql nginx prometheus  ## Run all checks and tests, real Label Studio included
	$(BIN)/python -m tests.privacy.apart -m "not compose and not thorough" -n 3 --dist loadscope --no-loadscope-reorder

.PHONY: test-all
test-all: test  ## Run the same, what looks closer, and two minutes of chaos
	$(BIN)/python -m pytest -p no:cacheprovider -m thorough
	$(BIN)/python -m tests.chaos --seconds 120 $(if $(SEED),--seed $(SEED))

.PHONY: chaos
chaos: .venv/.dev .venv-label-studio/.synced postgresql  ## Half an hour in which all fails, killed servers included: nothing lost, doubled, mixed up or out (SECONDS=, SEED=, WORKERS=)
	$(BIN)/python -m tests.chaos $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(if $(WORKERS),--workers $(WORKERS))

.PHONY: unit
unit: .venv/.dev postgresql  ## Run the tests that need neither model, Label Studio nor browser
	$(BIN)/python -m pytest -m "not model and not label_studio and not browser and not compose and not thorough"

.PHONY: nightly
nightly: test-processors  ## Run the property tests with 10,000 examples each, and detection on emulated processors
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -p no:cacheprovider -m property --timeout=3600

.PHONY: test-processors
test-processors: .venv/.dev  ## Find on emulated processors, without AVX and without VNNI, what is found on this one
	@command -v qemu-x86_64 >/dev/null || { $(SUDO) apt-get update -q && $(SUDO) apt-get install -qy --no-install-recommends qemu-user; }
	$(BIN)/python -m tests.processors

.PHONY: fuzz-server
fuzz-server: .venv/.dev  ## 10,000 random requests and half an hour of random label configs: no 500, no stall of /health
	$(BIN)/python -m tests.fuzz.fuzz_http --requests 10000
	$(BIN)/python -m tests.fuzz.fuzz_configs --seconds 1800

.PHONY: lint
lint: .venv/.dev  ## Run ruff, mypy and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --num-workers 2
	$(BIN)/lint-imports --no-cache

.PHONY: site
site: .venv/.dev  ## Build the documents as a site in site/
	$(BIN)/python -m tests.bench.site site

.PHONY: schema
schema: .venv/.dev  ## Write the JSON schemas of policy files and of their cases, for editors
	$(BIN)/labelguard policy schema > policies/policy.schema.json
	$(BIN)/labelguard policy schema --tests > policies/test.schema.json

.PHONY: migration
migration: .venv/.dev  ## Write how tables differ from the last version's, as the way to a new one (NAME=)
	$(BIN)/python -m tests.bench.make_migration "$(NAME)"
	$(BIN)/ruff format -q backend/store/migrations

.PHONY: draw-house
draw-house: .venv/.dev  ## Draw the packages by their imports into docs/architecture.md
	$(BIN)/python -m tests.bench.house --draw

.PHONY: measure-house
measure-house: .venv/.dev  ## Figures of the code: files, functions, floors, who is imported by how many
	$(BIN)/python -m tests.bench.house

.PHONY: bench-policy
bench-policy: .venv/.dev  ## How fast 1,000 rules decide on 1,000 projects
	$(BIN)/python -m tests.bench.policy

.PHONY: bench-throughput
bench-throughput: .venv/.dev  ## 1,200 tasks against a stand-in model of 200 ms, what others wait meanwhile, memory (MEMORY_TASKS=100000)
	$(BIN)/python -m tests.bench.speed $(if $(MEMORY_TASKS),--memory-tasks $(MEMORY_TASKS))

.PHONY: bench-speed
bench-speed: .venv/.dev  ## The same, and a flame graph and latencies by wrk: docs/speed.md
	command -v wrk >/dev/null || { $(SUDO) apt-get update -q && $(SUDO) apt-get install -qy --no-install-recommends wrk; }
	$(BIN)/python -m tests.bench.speed --write $(if $(MEMORY_TASKS),--memory-tasks $(MEMORY_TASKS))

.PHONY: bench-click
bench-click: .venv/.dev .venv-label-studio/.synced model chromium  ## 40 mails, real Label Studio, the embedded model: what each click stores
	$(BIN)/python -m tests.bench.click

.PHONY: bench-webhooks
bench-webhooks: .venv/.dev  ## 1,000 webhooks in ten seconds while a batch runs: none is lost, and none waits 100 ms
	$(BIN)/python -m tests.bench.webhooks

.PHONY: bench-examples
bench-examples: .venv/.dev  ## How long choosing examples takes with 100,000 annotated tasks (COUNT=)
	$(BIN)/python -m tests.bench.choosing --count $(or $(COUNT),100000)

.PHONY: bench-offered
bench-offered: .venv/.dev  ## In how many of a hundred texts the right one of 300 labels is offered: docs/label-configs.md
	$(BIN)/python -m tests.bench.offered

.PHONY: bench-thousand
bench-thousand: .venv/.dev .venv-label-studio/.synced chromium  ## 1,200 tasks (TASKS=) by one click in real Label Studio, some 15 minutes: docs/measured/thousand.md
	$(BIN)/python -m tests.bench.thousand --tasks $(or $(TASKS),1200)

.PHONY: bench-gallery
bench-gallery: .venv/.dev .venv-label-studio/.synced model  ## Every text template of Label Studio's gallery, by the embedded model
	$(BIN)/python -m tests.bench.gallery

.PHONY: bench-configs
bench-configs: .venv/.dev .venv-label-studio/.synced  ## Every example config, planned and answered (CHECKOUTS="name=folder …"): docs/measured/configs.md
	$(BIN)/python -m tests.bench.configs $(CHECKOUTS)

.PHONY: bench-routes
bench-routes: .venv/.dev  ## 2,000 random tasks under random policies: nothing reaches a provider that may not have it
	HYPOTHESIS_PROFILE=thousand $(BIN)/python -m pytest -p no:cacheprovider tests/leak/test_routes.py --timeout=900

.PHONY: bench-reload
bench-reload: .venv/.dev  ## 50 requests a second for a minute, while the policy file is rewritten
	$(BIN)/python -m tests.bench.reload

.PHONY: bench-privacy
bench-privacy: .venv/.dev  ## What leaks, by stock Presidio and by each profile: docs/privacy.md
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.bench.privacy

.PHONY: learn
learn: .venv/.dev  ## Teach detection's judge and its model from the tuning halves: some 20 minutes
	$(BIN)/python -m tests.bench.learn

.PHONY: bench-labels
bench-labels: .venv/.dev model  ## What redaction costs in labels, by the embedded model: docs/label-cost.md
	$(BIN)/python -m tests.bench.labels

.PHONY: bench-known
bench-known: .venv/.dev  ## Labels by detection, and with NOTES=10 by the embedded model and by both: docs/label-configs.md
	$(BIN)/python -m tests.bench.known $(if $(NOTES),--notes $(NOTES))

.PHONY: bench-scores
bench-scores: .venv/.dev model  ## How good the raw scores of the embedded model are: AUROC and ECE: docs/measured/scores.md
	$(BIN)/python -m tests.bench.scores $(if $(KEPT),--kept)

.PHONY: bench-learning
bench-learning: .venv/.dev model  ## How much better the embedded model becomes with 5, 20 and 100 annotations: docs/measured/learning.md
	$(BIN)/python -m tests.bench.learning $(if $(KEPT),--kept)

.PHONY: bench-distil
bench-distil: .venv/.dev  ## How good small models of one's own are, learned from 20 to 250 annotations: docs/training.md
	$(BIN)/python -m tests.bench.distilled

.PHONY: bench-guarantee
bench-guarantee: .venv/.dev  ## What `labelguard review` takes, and how much of it is wrong, over 200 splits: docs/measured/guarantee.md
	$(BIN)/python -m tests.bench.guarantee

.PHONY: bench-languages
bench-languages: .venv/.dev model  ## Languages without a tagger, by patterns alone and with a guard (TEXTS=50 of each): docs/measured/languages.md
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 LABELGUARD_MODEL_THREADS=1 $(BIN)/python -m tests.bench.languages --texts $(or $(TEXTS),50)

.PHONY: bench-record
bench-record: .venv/.dev postgresql  ## 100,000 entries of the record, tampering and kills, on both databases
	$(BIN)/python -m tests.bench.record

.PHONY: bench-record-pages
bench-record-pages: .venv/.dev postgresql  ## The console's pages and audit show with 1,000,000 entries, on both databases: docs/measured/record.md
	$(BIN)/python -m tests.bench.record_pages --write

.PHONY: mutate-policies
mutate-policies: .venv/.dev  ## Break each shipped policy in every way; a case of its test file must tell
	$(BIN)/python -m tests.bench.mutate_policies

.PHONY: mutate-decisions
mutate-decisions: .venv/.dev  ## Break what decides on a task, by mutmut; a test must tell
	$(BIN)/python -m tests.bench.mutate_decisions

.PHONY: mutate-guards
mutate-guards: .venv/.dev  ## Break what guards (MODULES=, all by default); a test must tell
	$(BIN)/python -m tests.bench.mutate_guards $(MODULES)

.PHONY: test-compose
test-compose: .venv/.dev .venv-compose/.synced model  ## Build the image and run docker-compose.yml for real (as root, with podman)
	command -v podman buildah debootstrap runc >/dev/null || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $(CONTAINERS); }
	$(BIN)/python -m pytest tests/compose -m compose

.PHONY: model
model: .venv/.runtime  ## Fetch the embedded model
	$(BIN)/labelguard model fetch

.PHONY: lock
lock: .venv/.uv  ## Pin all dependencies by hash again
	cd requirements && ./lock.sh

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { $(SUDO) apt-get update -q && $(SUDO) apt-get install -qy --no-install-recommends chromium fonts-dejavu-core; }

# Debian's package would make and start a cluster, were it not told not to.
.PHONY: postgresql
postgresql:
	@command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || { \
		$(SUDO) mkdir -p /etc/postgresql-common && \
		{ [ -e /etc/postgresql-common/createcluster.conf ] || echo create_main_cluster=false | $(SUDO) tee /etc/postgresql-common/createcluster.conf >/dev/null; } && \
		$(SUDO) apt-get update -q && $(SUDO) apt-get install -qy --no-install-recommends postgresql; }

# Debian's packages would start servers; the programs alone are taken out of them.
.PHONY: nginx
nginx:
	@command -v nginx >/dev/null || [ -x .cache/nginx/usr/sbin/nginx ] || { \
		$(SUDO) apt-get update -q && mkdir -p .cache/nginx && cd .cache/nginx && \
		apt-get download -q nginx && dpkg -x nginx_*.deb . && rm nginx_*.deb; }

.PHONY: prometheus
prometheus:
	@command -v prometheus >/dev/null || [ -x .cache/prometheus/usr/bin/prometheus ] || { \
		$(SUDO) apt-get update -q && mkdir -p .cache/prometheus && cd .cache/prometheus && \
		apt-get download -q prometheus && dpkg -x prometheus_*.deb . && rm prometheus_*.deb; }

.venv/.uv: requirements/uv.txt
	$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 15) else "Python 3.11 to 3.14 is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.runtime: .venv/.uv requirements/runtime.txt requirements/build.txt pyproject.toml
	$(UV) .venv -r requirements/runtime.txt -r requirements/build.txt
	$(BIN)/uv pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt
	$(UV) .venv -r requirements/dev.txt
	@touch $@

.venv-compose/.synced: .venv/.uv requirements/compose.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-compose
	$(UV) .venv-compose -r requirements/compose.txt
	@touch $@

.venv-label-studio/.synced: .venv/.uv requirements/label-studio.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-label-studio
	$(UV) .venv-label-studio -r requirements/label-studio.txt
	@touch $@
