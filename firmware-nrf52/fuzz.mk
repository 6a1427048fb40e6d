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

# ---- the same targets by libFuzzer, of clang (Debian: clang, libclang-rt-14-dev); what it found on
# the way stays in build/libfuzzer/NAME.corpus, an input that failed in build/libfuzzer/NAME.failed-*

CLANG    ?= clang
LIBFUZZ  := build/libfuzzer
LIBSAN   := -fsanitize=address,undefined -fno-sanitize-recover=all
LIBC     := -std=c11 -O1 -g -w -MMD -MP $(LIBSAN) $(INC) -Isrc -Ifuzz -isystem $(BEARSSL)/inc \
            -DOTAKEY_FIRMWARE_VERSION='"$(VERSION)"'
LIBEDGES := $(patsubst %.c,$(LIBFUZZ)/%.o,$(FUZZED))
LIBREST  := $(patsubst %.c,$(LIBFUZZ)/%.o,$(UNFUZZED) fuzz/libfuzzer.c) $(PLAINOBJ)

.PHONY: libfuzzer $(addprefix lib_,$(FUZZERS))

$(LIBEDGES): LIBC += -fsanitize=fuzzer-no-link
$(LIBFUZZ)/%.o: %.c $(BUILD)/gen/vectors.h $(BEARSSL)/inc/bearssl.h
	@mkdir -p $(@D)
	$(NICE) $(CLANG) $(LIBC) -c $< -o $@

$(addprefix $(LIBFUZZ)/,$(FUZZERS)): $(LIBFUZZ)/%: $(LIBFUZZ)/fuzz/%.o $(LIBEDGES) $(LIBREST)
	$(NICE) $(CLANG) $(LIBSAN) -fsanitize=fuzzer $^ -o $@

$(addprefix lib_,$(FUZZERS)): lib_%: $(LIBFUZZ)/%
	@mkdir -p $<.corpus
	@FUZZ_CORPUS=$<.corpus $(NICE) $< -max_len=1536 -timeout=10 -max_total_time=$(or $(SECONDS),30) \
	  -artifact_prefix=$<.failed- -print_final_stats=1 $<.corpus >$<.log 2>&1 || { tail -40 $<.log; exit 1; }
	@echo "$* $$(sed -n 's/^stat::number_of_executed_units: *//p' $<.log) executions," \
	  "$$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' $<.log | tail -1) edges"

libfuzzer: $(addprefix lib_,$(FUZZERS))

-include $(LIBEDGES:.o=.d) $(patsubst %,$(LIBFUZZ)/fuzz/%.d,$(FUZZERS) libfuzzer)
