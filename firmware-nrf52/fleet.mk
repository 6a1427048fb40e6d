# Thousands of devices in one process, against a real gateway. Included by Makefile.
#
# Three programs of the same sources: otakey-fleet is fast, for experiments and `make e2e FULL=1`;
# of the others, for `make e2e`, one has the sanitizers, and one a seeded bug as well: one slot for
# both keys.

FLEET     := $(wildcard src/port/fleet/*.c) src/port/host/hex_file.c test/support/sim_flash.c \
             test/support/sim_limits.c
FLEETOBJ  := $(patsubst %.c,$(BUILD)/%.o,$(SRC) $(FLEET))
FAST      := build/fleet
# Pages as long as the longest record, to keep a device small.
FASTFLAGS := $(filter-out $(SAN) -O1,$(HOST)) -O2 -DSIM_WORDS_MAX=132u
FASTOBJ   := $(patsubst %.c,$(FAST)/%.o,$(SRC) $(FLEET)) \
             $(PLAINOBJ)

FLEETTEST := $(BUILD)/otakey-fleet$(if $(filter 1,$(FULL)),,-sanitized) \
             $(BUILD)/otakey-fleet-one-slot

.PHONY: fleet

fleet: $(BUILD)/otakey-fleet

$(FAST)/%.o: %.c $(BEARSSL)/inc/bearssl.h
	@mkdir -p $(@D)
	$(NICE) $(CC) $(FASTFLAGS) -c $< -o $@

$(BUILD)/otakey-fleet: $(FASTOBJ)
	@mkdir -p $(@D)
	$(NICE) $(CC) $^ -o $@

$(BUILD)/otakey-fleet-sanitized: $(FLEETOBJ) $(BEAROBJ)
	$(NICE) $(CC) $(SAN) $^ -o $@

$(BUILD)/one-slot/store.o: src/store/store.c $(BEARSSL)/inc/bearssl.h
	@mkdir -p $(@D)
	$(NICE) $(CC) $(HOST) -DSEEDED_BUG_ONE_SLOT -c $< -o $@

$(BUILD)/otakey-fleet-one-slot: $(BUILD)/one-slot/store.o \
                                $(filter-out %/store/store.o,$(FLEETOBJ)) $(BEAROBJ)
	$(NICE) $(CC) $(SAN) $^ -o $@

-include $(sort $(FLEETOBJ:.o=.d) $(patsubst %.o,%.d,$(filter $(FAST)/%,$(FASTOBJ))))
