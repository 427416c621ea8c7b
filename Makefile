# One command for each chore; what they do is in tools/ and bench/.
.PHONY: build check demo test test-slow lint docs bench compare chaos wheel fuzz clean

build: ## build the shared library into python/ml_nexus_go/_lib
	./build.sh
check: ## run all that needs no root and no engine: the fast loop
	tools/check.sh
demo: ## run containers on the engine that answers or on a private one
	tools/demo.sh
test: ## run everything that CI runs
	tools/test.sh
test-slow: ## run what takes many minutes: long faults, big files, more random cases
	tools/test-slow.sh
lint:
	tools/lint.sh
docs: ## build the documentation site into build/site
	tools/docs.sh
bench: ## measure the tables of docs/performance.md
	bench/run.sh
compare: ## do the tasks of docs/compare.md with this client and with others
	tools/compare.sh
chaos: ## random operations under random faults, with a checker
	tools/chaos.sh
wheel: ## build the manylinux_2_28 wheel into dist/
	tools/wheel.sh
fuzz: ## run each fuzz target for a minute
	tools/fuzz.sh
clean:
	rm -rf build dist python/ml_nexus_go/_lib capi/build_info.h
