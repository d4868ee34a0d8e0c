# `make help` lists what there is.
PYTHON := .venv/bin/python
export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export TF_CPP_MIN_LOG_LEVEL := 3

.DEFAULT_GOAL := help
.PHONY: help install run train check test test-unit test-e2e content content-report prescreen-report check-channels learn staff reset-password lock bench eval bench-nlu clean

help: ## list the commands
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 20

install: ## install what is needed into .venv, once
	@bash scripts/install

run: install ## start everything and print the addresses; Ctrl-C ends it
	@$(PYTHON) -m scripts.run

train: install ## build the encoder and train the model, if something changed
	@$(PYTHON) -m scripts.train

check: train ## the gate without tests: format, lint, types, imports, content, rasa's own checks
	@bash scripts/check

test: check test-unit test-e2e ## everything that must pass; CI runs this

test-unit: train
	@$(PYTHON) -m pytest tests --ignore=tests/e2e --ignore=tests/widget

test-e2e: train ## real processes and a real browser
	@$(PYTHON) -m pytest tests/e2e -p no:randomly
	@$(PYTHON) -m pytest tests/widget -p no:randomly

content: train ## check every answer of data/faq/ and print the table for the reviewer
	@$(PYTHON) -m scripts.content

content-report: install ## one HTML page to sign: every answer at every value, sources, urgency; SINCE=2026-11-01 shows changes
	@$(PYTHON) -m scripts.content --report var/content-report.html $(if $(SINCE),--since $(SINCE))

prescreen-report: install ## the pre-screen's table as one HTML page, for the clinician
	@$(PYTHON) -m eligibility.report var/prescreen-report.html

check-channels: install ## say what each messaging channel still needs
	@$(PYTHON) -m scripts.check_channels

learn: install ## write what staff attached in the inbox into data/faq/, after showing it
	@$(PYTHON) -m scripts.learn

staff: install ## add a member of staff who may sign in to the inbox
	@$(PYTHON) -m frontdesk.staff create

bench: train ## time to the first reply, long conversations, memory; see benchmarks/README.md
	@$(PYTHON) -m benchmarks.messages

eval: train ## how well our own held-out messages are understood, also misspelt
	@$(PYTHON) -W ignore -m benchmarks.understanding --own

bench-nlu: train ## our pipeline against stock Rasa on HINT3, in one run (half an hour)
	@$(PYTHON) -W ignore -m benchmarks.understanding --hint3

reset-password: install ## print a link with which somebody chooses a new password: USER=name
	@$(PYTHON) -m frontdesk.staff.resets "$(USER)"

lock: install ## resolve requirements.txt anew into requirements.lock (needs uv)
	@bash scripts/lock

clean: ## remove what was built (not .env, not conversations)
	rm -rf .venv models .rasa .pytest_cache .mypy_cache .ruff_cache .hypothesis
