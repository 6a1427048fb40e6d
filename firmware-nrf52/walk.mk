# The device of a random walk with the gateway (formal/walk), fast, and once for each seeded bug
# that the walk must find. Included by Makefile.

WALK      := test/walk/walk.c test/support/sim_flash.c test/support/sim_limits.c
WALKSRC   := $(wildcard src/core/*.c src/store/*.c src/crypto/*.c)
WALKBUGS  := $(shell cat test/walk/walk.bugs)
WALKFLAGS := $(filter-out $(SAN) -O1,$(HOST)) -O2
WALKOBJ   := $(patsubst %.c,build/walk/%.o,$(WALKSRC) $(WALK))

.PHONY: walk

walk: $(BUILD)/otakey-walk $(addprefix $(BUILD)/otakey-walk-,$(WALKBUGS))

build/walk/%.o: %.c $(BEARSSL)/inc/bearssl.h
	@mkdir -p $(@D)
	$(NICE) $(CC) $(WALKFLAGS) -c $< -o $@

$(BUILD)/otakey-walk: $(WALKOBJ) $(PLAINOBJ)
	@mkdir -p $(@D)
	$(NICE) $(CC) $^ -o $@

# Only what has the bug is compiled again.
$(BUILD)/otakey-walk-%: $(WALKOBJ) $(PLAINOBJ)
	@mkdir -p $(@D)
	source=$$(grep -lw $* $(WALKSRC)) && objects=$$(printf '%s\n' $^ | grep -vx build/walk/$${source%.c}.o) && \
	  $(NICE) $(CC) $(WALKFLAGS) -D$* -c $$source -o $@.o && $(NICE) $(CC) $$objects $@.o -o $@

-include $(WALKOBJ:.o=.d)
