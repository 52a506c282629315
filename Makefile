# One name for each thing people, CI and benches do. Every target is safe to run twice.
PYTHON := .venv/bin/python

.PHONY: help setup setup-test demo directory check test test-postgres test-fresh conformance interop state-machine differential crash isolation bench bench-engine bench-registry bench-web bench-identity charts pictures lock clients kubernetes

PORT ?= 8000
STEPS ?= 10000
REQUESTS ?= 20000
# The tree of `make directory`, and what its groups give on acme.
LDIF ?= $(firstword $(wildcard ../shared/data/ldap) deploy/directory/people.ldif)
RULES ?= admin_staff=admin ship_crew=builder image_admins=admin image_builders=builder image_viewers=viewer

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / · /'

setup: ## system packages, virtual environment, secrets and database
	@deploy/setup/packages.sh run
	@deploy/setup/python.sh base
	@deploy/setup/messages.sh
	@deploy/setup/secrets.sh
	@$(PYTHON) manage.py migrate -v0

demo: ## the whole product on this machine, until Ctrl-C (PORT=8000)
	@deploy/setup/packages.sh run
	@deploy/setup/python.sh base
	@deploy/setup/messages.sh
	@deploy/setup/secrets.sh
	@exec $(PYTHON) manage.py demo --port '$(PORT)'

.PHONY: catalogue reproduce
catalogue: ## every starter image built, tested, signed and published; a running demo does it (IMAGES="nginx git")
	@deploy/setup/packages.sh run
	@deploy/setup/python.sh base
	@deploy/setup/messages.sh
	@deploy/setup/secrets.sh
	@exec $(PYTHON) manage.py catalogue --port '$(PORT)' $(IMAGES)

reproduce: setup-test ## every starter image built twice, in other conditions the second time (IMAGES="nginx git")
	@$(PYTHON) -m tests.builds.engine.reproduce $(IMAGES)

directory: ## an LDAP server beside the running demo, until Ctrl-C (LDIF=a file or folder)
	@deploy/setup/packages.sh directory
	@exec env ASSAY_DIRECTORY_ALLOWED_NETWORKS=127.0.0.0/8 $(PYTHON) manage.py directory "$(LDIF)" $(addprefix --rule=,$(RULES))

setup-test:
	@deploy/setup/packages.sh test
	@deploy/setup/python.sh dev
	@deploy/setup/messages.sh

check: setup-test ## lint, types, floors and migrations
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	DJANGO_SETTINGS_MODULE=tests.settings $(PYTHON) manage.py makemigrations --check --dry-run

test: check ## everything: set-up, checks, tests
	$(PYTHON) -m pytest -n 2 --dist loadgroup
	$(PYTHON) -m tests.postgres few -n 2 --dist loadgroup

test-postgres: setup-test ## all tests of rows that PostgreSQL keeps apart, on one, as an ordinary role
	@$(PYTHON) -m tests.postgres all -n 2 --dist loadgroup

test-fresh: ## the README's two commands in a bare Debian root, as root and as a user with sudo
	@tests/fresh/fresh.sh root all
	@tests/fresh/fresh.sh sudo demo

interop: setup-test ## every real client and operation; writes the table of docs/clients.md
	@deploy/setup/clients.sh
	@deploy/setup/clients.sh helm3 cosign26 cosign24
	@$(PYTHON) -m tests.clients.interop

crash: setup-test ## kill pushes and collection at every step; race them: nothing may be lost or left
	@$(PYTHON) -m tests.crash.run

state-machine: setup-test ## 10,000 random steps against a model, on SQLite and PostgreSQL (STEPS=10000)
	@$(PYTHON) -m tests.registry.machine.run --steps $(STEPS)
	@$(PYTHON) -m tests.registry.machine.run --steps $(STEPS) --postgres

differential: setup-test ## 20,000 random requests to us and to Debian's docker-registry (REQUESTS=20000)
	@$(PYTHON) -m tests.conformance.differential.run --requests $(REQUESTS)

conformance: setup-test ## the OCI conformance suite against a portal of its own
	@deploy/setup/clients.sh conformance
	@$(PYTHON) -m tests.conformance.run

isolation: setup-test ## every address by every role and a foreign tenant: nothing may leak
	@$(PYTHON) -m tests.isolation.run

charts: setup-test ## our charts, installed by helm on a real one-node Kubernetes (CHARTS="nginx redis" for some)
	@deploy/setup/clients.sh helm4
	@deploy/setup/kubernetes.sh
	@$(PYTHON) -m tests.charts.run $(CHARTS)

pictures: setup-test ## the README's pictures, made anew (docs/*.png)
	@$(PYTHON) -m tests.browser.pictures

bench: setup-test ## how the demo feels: the figures of a newcomer's first minutes
	@$(PYTHON) -m bench.demo

bench-registry: setup-test ## the registry against CNCF distribution and nginx (PAGE=docs/speed.md to write it down)
	@deploy/setup/packages.sh bench
	@deploy/setup/clients.sh registry crane
	@$(PYTHON) -m bench.registry $(addprefix --page=,$(PAGE))

bench-engine: setup-test ## the build engine: its targets, and mmdebstrap and buildah on the same packages (root)
	@deploy/setup/packages.sh bench
	@$(PYTHON) -m bench.engine

bench-web: setup-test ## the pages at 134,000 releases, on SQLite and PostgreSQL (PAGE=docs/speed-web.md to write it down)
	@$(PYTHON) -m bench.web $(addprefix --page=,$(PAGE))

bench-identity: setup-test ## 5,000 tenants with 100,000 members: lookup, tokens, pages, directory (PAGE=docs/speed-identity.md to write it down)
	@$(PYTHON) -m bench.identity $(addprefix --page=,$(PAGE))

# Debian 12's Python; the locks name no address, so that any mirror serves.
LOCK := $(PYTHON) -m uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11.2

.PHONY: messages
messages: setup-test ## gather the texts that people see into the catalogues of translations, and say what is untranslated
	@DJANGO_SETTINGS_MODULE=tests.settings $(PYTHON) manage.py makemessages --all

lock: setup-test ## write the locks anew after a change of dependencies (UPGRADE=--upgrade for newest versions)
	$(LOCK) $(UPGRADE) pyproject.toml -o requirements/base.txt
	$(LOCK) $(UPGRADE) --extra dev --extra s3 --extra kubernetes pyproject.toml -o requirements/dev.txt

clients: ## compile the real registry clients that tests use
	@deploy/setup/clients.sh

kubernetes: ## compile a one-node Kubernetes for the tests that need one
	@deploy/setup/kubernetes.sh
