# The device's parsers as one half of a comparison with the gateway's language (scripts/formal.sh),
# under AddressSanitizer and UBSan; once for each seeded bug that the comparison must find. Included
# by Makefile.

TWIN      := test/twin/twin.c
TWINSRC   := $(wildcard src/core/*.c src/store/*.c src/crypto/*.c)
TWINBUGS  := $(shell cat test/twin/twin.bugs)
TWINOBJ   := $(patsubst %.c,$(BUILD)/%.o,$(TWINSRC) $(TWIN))

.PHONY: twin

twin: $(BUILD)/otakey-twin $(addprefix $(BUILD)/otakey-twin-,$(TWINBUGS))

$(BUILD)/otakey-twin: $(TWINOBJ) $(PLAINOBJ)
	$(NICE) $(CC) $(SAN) $^ -o $@

# Only what has the bug is compiled again.
$(BUILD)/otakey-twin-%: $(TWINOBJ) $(PLAINOBJ)
	@mkdir -p $(BUILD)/twin
	source=$$(grep -lw $* $(TWINSRC)) && \
	  objects=$$(printf '%s\n' $^ | grep -vx $(BUILD)/$${source%.c}.o) && \
	  $(NICE) $(CC) $(HOST) -D$* -c $$source -o $(BUILD)/twin/$*.o && \
	  $(NICE) $(CC) $(SAN) $$objects $(BUILD)/twin/$*.o -o $@

-include $(TWIN:%.c=$(BUILD)/%.d)
