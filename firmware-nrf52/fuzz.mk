# Fuzzing of every parser with gcc alone. Included by Makefile.

FUZZ     := build/fuzz
FUZZERS  := $(patsubst fuzz/%.c,%,$(wildcard fuzz/fuzz_*.c))
FUZZBUGS := $(wildcard fuzz/fuzz_*.bugs)
# Nothing: the bounded run, always the same inputs. Else so many seconds for each, and SEED.
SECONDS  ?=
SEED     ?=
FUZZINC  := $(HOST) -Isrc -Ifuzz -O1
# What is fuzzed reports its edges; crypto, simulations and the targets themselves do not.
EDGES    := -fsanitize-coverage=trace-pc
FUZZED   := $(filter-out src/crypto/%,$(SRC)) src/port/host/hex_file.c
UNFUZZED := $(wildcard src/crypto/*.c) $(SUPPORT)
FUZZOBJ  := $(patsubst %.c,$(FUZZ)/%.o,$(FUZZED) $(UNFUZZED))
# BearSSL has tests of its own; without sanitizers curve work takes a quarter of the time.
FUZZBEAR := $(patsubst %.c,$(FUZZ)/bearssl/%.o,$(BEAR))

.PHONY: fuzz $(addprefix run_,$(FUZZERS)) fuzz-bugs

$(FUZZ)/bearssl/%.o: $(BEARSSL)/inc/bearssl.h
	@mkdir -p $(@D)
	$(NICE) $(CC) -O2 -w -I$(BEARSSL)/inc -I$(BEARSSL)/src -c $(BEARSSL)/src/$*.c -o $@

$(patsubst %.c,$(FUZZ)/%.o,$(FUZZED)): $(FUZZ)/%.o: %.c $(BEARSSL)/inc/bearssl.h
	@mkdir -p $(@D)
	$(NICE) $(CC) $(FUZZINC) $(EDGES) -c $< -o $@

$(patsubst %.c,$(FUZZ)/%.o,$(UNFUZZED)): $(FUZZ)/%.o: %.c $(BEARSSL)/inc/bearssl.h
	@mkdir -p $(@D)
	$(NICE) $(CC) $(FUZZINC) -c $< -o $@

$(FUZZ)/test/%.o: fuzz/%.c $(BUILD)/gen/vectors.h $(BEARSSL)/inc/bearssl.h
	@mkdir -p $(@D)
	$(NICE) $(CC) $(FUZZINC) -c $< -o $@

$(addprefix $(FUZZ)/,$(FUZZERS)): $(FUZZ)/%: $(FUZZ)/test/%.o $(FUZZ)/test/driver.o $(FUZZOBJ) \
                                             $(FUZZBEAR)
	$(NICE) $(CC) $(SAN) $^ -o $@

$(addprefix run_,$(FUZZERS)): run_%: $(FUZZ)/%
	@$(NICE) $< $(SECONDS) $(SEED)

fuzz: $(addprefix run_,$(FUZZERS)) fuzz-bugs
	@echo "fuzz: $$(($(words $(FUZZERS)) + $$(cat $(FUZZBUGS) | wc -l))) passed, 0 failed"

# Each target has to find the bugs of its list within its bounded run.
fuzz-bugs: $(addprefix $(FUZZ)/,$(FUZZERS))
	@set -e; for list in $(FUZZBUGS); do while read -r bug; do \
	  tools/seeded.sh "$$(basename $$list .bugs)" "$$bug" "$(CC)" "$(FUZZINC) $(EDGES)" $(FUZZ) \
	    "$(FUZZED) $(UNFUZZED)" "$(FUZZ)/test/driver.o $(FUZZBEAR)"; done < $$list; done

-include $(FUZZOBJ:.o=.d) $(patsubst %,$(FUZZ)/test/%.d,$(FUZZERS) driver)
