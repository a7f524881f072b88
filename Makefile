# Tidegate on this machine. `make` lists what can be done.
.DEFAULT_GOAL := help
.PHONY: help install demo test laws mutants simulate failures bench-spark bench-sizing prices check synth up down env status alerts logs

PYTHON := .venv/bin/python
# The Node of package.json, so that what runs here is the runtime that is deployed.
SYSTEM_PATH := $(PATH)
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
STACK := node local/stack/main.ts

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-13s %s\n", $$1, $$2 }'

install: ## install into this folder (other targets do so as needed)
	@sh tools/prerequisites.sh
	@$(MAKE) --no-print-directory -s -j2 node_modules/.installed .local/spark-classes.jsa .local/samples/.made

node_modules/.installed: package-lock.json
	@echo 'Installing Node packages ...'
	PATH='$(SYSTEM_PATH)' npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.venv/.installed: requirements.txt
	@echo 'Installing Python packages ...'
	python3.11 -m venv .venv
	$(PYTHON) -m pip install -q --disable-pip-version-check --require-hashes -r $<
	@touch $@

.local/ivy/fetched: spark/jars.txt .venv/.installed
	@echo 'Fetching the jars of Iceberg and S3 ...'
	@mkdir -p .local && $(PYTHON) spark/fetch_jars.py .local/ivy > .local/fetch-jars.log 2>&1 || { cat .local/fetch-jars.log; exit 1; }
	@touch $@

.local/spark-classes.jsa: .local/ivy/fetched
	@echo 'Archiving the classes that Spark loads ...'
	@$(PYTHON) spark/archive_classes.py > .local/archive-classes.log 2>&1 || { tail -n 20 .local/archive-classes.log; exit 1; }

.local/samples/.made: local/demo/samples.py .venv/.installed
	@echo 'Making the sample files ...'
	@$(PYTHON) $< .local/samples
	@touch $@

demo: install ## uploads end to end: through Glue, EMR, and CSV to CSV
	@node local/demo/demo.ts

test: install ## lint, types, all tests, and end-to-end runs
	@node test/run/run.ts $(STEP)

bench-spark: install ## time the Spark job beside DuckDB, 100 to 800 MB (minutes)
	@$(PYTHON) spark/bench/bench.py $(SIZES)

bench-sizing: install ## measure how good plans are (a minute); PUBLISHED=folder
	@node test/bench-sizing/bench.ts $(or $(SEEDS),12) $(PUBLISHED)

prices: install ## fetch today's AWS prices for plans; REGION=..., FILE=...
	@node tools/refresh-prices.ts $(REGION) $(FILE)

simulate: install ## simulate 10,000 random histories; SEED=n: print one
	@node test/simulation/main.ts $(if $(SEED),--seed $(SEED)) $(if $(HISTORIES),--histories $(HISTORIES))

failures: install ## simulate every declared failure and write its docs
	@node test/simulation/matrix/main.ts

laws: install ## the Spark job's property tests with more examples (an hour)
	@TIDEGATE_LAWS=20 TIDEGATE_EXAMPLES=40 TIDEGATE_KILLS=all $(PYTHON) -m pytest -p no:cacheprovider test/spark/test_laws_of_reading.py test/spark/test_checking.py test/spark/test_merge_laws.py test/spark/test_kills.py

mutants: install ## remove the Spark job's checks one by one; ONLY=words
	@SPARK_LOCAL_IP=127.0.0.1 $(PYTHON) test/spark/mutants/main.py $(ONLY)

check: install ## report errors in contracts, by file and line
	@node cli/tidegate.ts check

synth: install ## synthesise the CDK app into cdk.out
	@npm run --silent synth

up: install ## start everything on this machine
	@$(STACK) up

down: ## stop what `make up` started
	@$(STACK) down

env: ## print the exports for eval "$(make -s env)"
	@$(STACK) env

status: ## show what is running, and where
	@$(STACK) status

alerts: ## show the alerts received
	@$(STACK) alerts

logs: ## follow the logs of all servers and functions
	@tail -n 20 -F .local/logs/*.log .local/logs/functions/*.log
