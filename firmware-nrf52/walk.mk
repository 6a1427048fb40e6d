# The device of a random walk with the gateway (scripts/formal.sh), fast; once for each seeded bug
# that the walk must find, and for each that the rules must find (beside it, the row that finds it).
# Included by Makefile.

WALK      := test/walk/walk.c test/support/sim_flash.c test/support/sim_limits.c
WALKSRC   := $(wildcard src/core/*.c src/store/*.c src/crypto/*.c)
WALKBUGS  := $(shell cat test/walk/walk.bugs)
RULEBUGS  := $(shell sed 's/ .*//' test/walk/rules.bugs)
WALKFLAGS := $(filter-out $(SAN) -O1,$(HOST)) -O2
WALKOBJ   := $(patsubst %.c,build/walk/%.o,$(WALKSRC) $(WALK))

.PHONY: walk

walk: $(BUILD)/otakey-walk $(addprefix $(BUILD)/otakey-walk-,$(WALKBUGS)) \
      $(addprefix $(BUILD)/otakey-ruled-,$(RULEBUGS))

build/walk/%.o: %.c $(BEARSSL)/inc/bearssl.h
	@mkdir -p $(@D)
	$(NICE) $(CC) $(WALKFLAGS) -c $< -o $@

$(BUILD)/otakey-walk: $(WALKOBJ) $(PLAINOBJ)
	@mkdir -p $(@D)
	$(NICE) $(CC) $^ -o $@

# Only what has the bug is compiled again.
define seeded_walk
@mkdir -p $(@D)
source=$$(grep -lw $* $(WALKSRC)) && objects=$$(printf '%s\n' $^ | grep -vx build/walk/$${source%.c}.o) && \
  $(NICE) $(CC) $(WALKFLAGS) -D$* -c $$source -o build/walk/$*.o && \
  $(NICE) $(CC) $$objects build/walk/$*.o -o $@
endef

$(BUILD)/otakey-walk-%: $(WALKOBJ) $(PLAINOBJ)
	$(seeded_walk)

$(BUILD)/otakey-ruled-%: $(WALKOBJ) $(PLAINOBJ)
	$(seeded_walk)

-include $(WALKOBJ:.o=.d)
