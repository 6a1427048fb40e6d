# Fuzzing of every parser with gcc alone. Included by Makefile.

FUZZ     := build/fuzz
FUZZERS  := $(patsubst fuzz/%.c,%,$(wildcard fuzz/fuzz_*.c))
FUZZBUGS := $(wildcard fuzz/fuzz_*.bugs)
FUZZSEED := $(patsubst fuzz/%.bugs,bugs_%,$(FUZZBUGS))
# Nothing: the bounded run, always the same inputs. Else so many seconds for each, and SEED.
SECONDS  ?=
SEED     ?=
FUZZINC  := $(HOST) -Isrc -Ifuzz
# What is fuzzed reports its edges; crypto, simulations and the targets themselves do not. BearSSL
# has tests of its own.
EDGES    := -fsanitize-coverage=trace-pc
FUZZED   := $(filter-out src/crypto/%,$(SRC)) src/port/host/hex_file.c
UNFUZZED := $(wildcard src/crypto/*.c) $(SUPPORT)
FUZZOBJ  := $(patsubst %.c,$(FUZZ)/%.o,$(FUZZED))
FUZZREST := $(FUZZ)/test/driver.o $(patsubst %.c,$(BUILD)/%.o,$(UNFUZZED)) $(PLAINOBJ)

.PHONY: fuzz $(addprefix run_,$(FUZZERS)) fuzz-bugs $(FUZZSEED)

$(FUZZOBJ): $(FUZZ)/%.o: %.c $(BEARSSL)/inc/bearssl.h
	@mkdir -p $(@D)
	$(NICE) $(CC) $(FUZZINC) $(EDGES) -c $< -o $@

$(FUZZ)/test/%.o: fuzz/%.c $(BUILD)/gen/vectors.h $(BEARSSL)/inc/bearssl.h
	@mkdir -p $(@D)
	$(NICE) $(CC) $(FUZZINC) -c $< -o $@

$(addprefix $(FUZZ)/,$(FUZZERS)): $(FUZZ)/%: $(FUZZ)/test/%.o $(FUZZOBJ) $(FUZZREST)
	$(NICE) $(CC) $(SAN) $^ -o $@

$(addprefix run_,$(FUZZERS)): run_%: $(FUZZ)/%
	@$(NICE) $< $(SECONDS) $(SEED)

fuzz: $(addprefix run_,$(FUZZERS)) fuzz-bugs
	@echo "fuzz: $$(($(words $(FUZZERS)) + $$(cat $(FUZZBUGS) | wc -l))) passed, 0 failed"

# Each target has to find the bugs of its list within its bounded run.
fuzz-bugs: $(FUZZSEED)

$(FUZZSEED): bugs_%: $(FUZZ)/%
	@tools/seeded.sh fuzz/$*.bugs "$(CC)" "$(FUZZINC) $(EDGES)" $(FUZZ) "$(FUZZED)" "$(FUZZREST)"

-include $(FUZZOBJ:.o=.d) $(patsubst %,$(FUZZ)/test/%.d,$(FUZZERS) driver)
