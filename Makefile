# `make help` lists what there is.
PYTHON := .venv/bin/python
export RASA_TELEMETRY_ENABLED := false
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export TF_CPP_MIN_LOG_LEVEL := 3

.DEFAULT_GOAL := help
QUICK = tests/clinic tests/eligibility tests/frontdesk/conversations tests/frontdesk/answering tests/frontdesk/visitors tests/frontdesk/channels/test_formatting.py tests/scripts/test_docs.py tests/scripts/test_house_rules.py tests/scripts/test_talk.py
TWICE = --reruns 1 -rR  # what a busy machine failed is tried once more, and named at the end
COUNTED = tests/eligibility tests/frontdesk tests/assistant/nlu

.PHONY: help doctor storm safety-case eval-danger install run train staff reset-password check-channels content content-report prescreen-report dev dev-fake talk test-quick check coverage gallery test test-unit test-e2e test-whole test-chat picture lock sbom install-dev install-tensorflow load profile bench eval eval-asked bench-nlu clean

help: ## list the commands
	@awk -F':.*## ' '/^#: /{print "\n" substr($$0, 4)} /^[a-z0-9-]+:.*## /{printf "  %-18s %s\n", $$1, $$2}' Makefile

#: For the clinic
install: ## install what is needed into .venv, once
	@bash scripts/install

install-dev: install ## install what only developers need: tests, types, browser, load tool, profiler
	@bash scripts/install requirements-dev.lock

run: install ## start everything and print the addresses; Ctrl-C ends it
	@$(PYTHON) -m scripts.run

train: install ## build the encoder and train the model, if something changed
	@$(PYTHON) -m scripts.train

staff: install ## add a member of staff who may sign in to the inbox
	@$(PYTHON) -m frontdesk.staff create

reset-password: install ## print a link with which somebody chooses a new password: USER=name
	@$(PYTHON) -m frontdesk.staff.resets "$(USER)"

check-channels: install ## say what each messaging channel still needs; LIVE=sms=+447700900456 sends one test message there
	@$(PYTHON) -m scripts.check_channels $(if $(LIVE),--live $(LIVE))

doctor: install ## look at a running desk and say what is wrong with it
	@$(PYTHON) -m scripts.doctor

content: train ## check every answer of data/faq/ and print the table for the reviewer
	@$(PYTHON) -m scripts.content

content-report: install ## one HTML page to sign: every answer at every value, sources, urgency; SINCE=2026-11-01 shows changes
	@$(PYTHON) -m scripts.content --report var/content-report.html $(if $(SINCE),--since $(SINCE))

prescreen-report: install ## the pre-screen's table as one HTML page, for the clinician
	@$(PYTHON) -m eligibility.report var/prescreen-report.html

#: For developers
dev: install-dev ## everything, each process started anew when its files change
	@$(PYTHON) -m scripts.dev

dev-fake: install-dev ## the front desk alone with reload, beside a stand-in of the assistant
	@$(PYTHON) -m scripts.dev --fake

talk: install ## a conversation in the terminal with what is running
	@$(PYTHON) -m scripts.talk

test-quick: install-dev ## the pure parts, in less than 90 seconds
	@$(PYTHON) -m pytest -n 2 -m "not slow" $(QUICK)

check: install-dev train ## the gate without tests: format, lint, types, imports, content, rasa's own checks
	@bash scripts/check

coverage: install-dev train ## every line of the pre-screen, of understanding, of conversations and their answering is run by tests, or this fails
	@$(PYTHON) -m coverage erase
	@$(PYTHON) -m coverage run -m pytest $(COUNTED) -m "not slow" -n 2 --dist loadfile
	@$(PYTHON) -m coverage combine -q
	@$(PYTHON) -m coverage report

test: check test-unit test-e2e ## everything that must pass; CI runs this

test-unit: install-dev train
	@$(PYTHON) -m coverage erase
	@$(PYTHON) -m coverage run --source=eligibility -m pytest tests/eligibility -m "not slow" -n 2 --dist loadfile
	@$(PYTHON) -m coverage combine -q
	@$(PYTHON) -m coverage report
	@$(PYTHON) -m pytest tests --ignore=tests/e2e --ignore=tests/widget --ignore=tests/eligibility -n 2 --dist loadfile $(TWICE)
	@$(PYTHON) -m pytest tests/eligibility -m slow -n 2 --dist loadfile

test-e2e: install-dev train ## real processes and a real browser: both suites side by side, each told of when it ends
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target test-whole test-chat

test-whole:
	@$(PYTHON) -m pytest tests/e2e -p no:randomly $(TWICE)

test-chat:
	@$(PYTHON) -m pytest tests/widget -p no:randomly $(TWICE)

picture: install-dev ## draw docs/rooms.md anew from the imports
	@$(PYTHON) -m scripts.picture

gallery: install-dev ## every state of the chat on screens of every size, as one page: var/gallery/index.html
	@$(PYTHON) -m tests.widget.gallery

lock: install ## resolve requirements*.txt anew into their locks (needs uv)
	@bash scripts/lock

sbom: install ## everything that is installed, as CycloneDX in var/sbom.json (needs uv)
	@uv tool run --quiet --from cyclonedx-bom==7.5.0 cyclonedx-py environment --output-reproducible --of JSON -o var/sbom.json $(PYTHON)

bench: train ## time to the first reply, long conversations, memory; see benchmarks/README.md
	@$(PYTHON) -m benchmarks.messages

storm: train ## what it must survive, in figures: kills, floods, faults, forgeries; GROUPS=kills for a part
	@$(PYTHON) -W ignore -m benchmarks.storm $(GROUPS)

install-tensorflow: install ## install TensorFlow, for components that need it and for stock Rasa in `make load`
	@bash scripts/install requirements-tensorflow.lock

load: install-dev install-tensorflow train ## ours against stock Rasa under load, in one run (MANY=--many: 200 talking, 1,000 listening); writes benchmarks/load.json and .svg
	@$(PYTHON) -m benchmarks.load $(MANY)

profile: install-dev train ## a flame graph of each process under ten visitors, in benchmarks/profile/
	@$(PYTHON) -m benchmarks.load --profile

eval: train ## how well our own held-out messages are understood, also misspelt
	@$(PYTHON) -W ignore -m benchmarks.understanding --own

safety-case: install ## write docs/clinical-safety-case.md from the hazard log
	@$(PYTHON) -m scripts.safety_case

eval-danger: train ## who in danger is heard, which calm people are alarmed; writes benchmarks/danger.md
	@$(PYTHON) -W ignore -m benchmarks.danger

eval-asked: train ## ask everything of ASKED=file.yml, judge the replies, write var/asked.html to read
	@$(PYTHON) -W ignore -m benchmarks.asked $(or $(ASKED),tests/assistant/data/asked.yml)

bench-nlu: train install-tensorflow ## our pipeline against stock Rasa on HINT3, in one run (half an hour)
	@ASSISTANT_WITH_TENSORFLOW=true $(PYTHON) -W ignore -m benchmarks.understanding --hint3

clean: ## remove what was built (not .env, not conversations)
	rm -rf .venv models .rasa .pytest_cache .mypy_cache .ruff_cache .hypothesis
