# Tests of the store and of the MQTT codec alone:  make -f test/store.mk [test|bugs|broker]
# As in the Makefile, which runs them with everything else; this one needs no protocol vectors.

CC    ?= gcc
NICE  ?= nice -n 19
BUILD := build/store
FULL  ?= 0
BEARSSL := third_party/bearssl

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Werror
SAN  := -fsanitize=address,undefined -fno-sanitize-recover=all
HOST := -std=c11 -Os -g -MMD -MP $(WARN) $(SAN) -Iinclude -Isrc/store -Isrc/mqtt -Itest \
        -isystem $(BEARSSL)/inc
BEAR := ec/ec_c25519_m31.c symcipher/chacha20_ct.c symcipher/poly1305_ctmul.c hash/sha2small.c \
        mac/hmac.c codec/ccopy.c codec/dec32be.c codec/dec32le.c codec/enc32be.c \
        codec/enc32le.c codec/enc64be.c

SRC     := $(wildcard src/store/*.c src/mqtt/*.c) src/crypto/crypto.c test/support/sim_flash.c
OBJ     := $(patsubst %.c,$(BUILD)/%.o,$(SRC))
BEAROBJ := $(patsubst %.c,$(BUILD)/bearssl/%.o,$(BEAR))
NAMES   := $(patsubst test/%.c,%,$(wildcard test/test_store*.c test/test_mqtt*.c))
TESTS   := $(addprefix $(BUILD)/,$(filter-out test_mqtt_broker,$(NAMES)))
BUGS    := $(wildcard test/test_store*.bugs test/test_mqtt*.bugs)

.PHONY: all test bugs broker deps-broker
.DELETE_ON_ERROR:
.SECONDARY:

all: test bugs broker

$(BEARSSL)/inc/bearssl.h:
	@echo "BearSSL is missing: make deps" >&2; exit 1

$(BUILD)/bearssl/%.o: $(BEARSSL)/inc/bearssl.h
	@mkdir -p $(@D)
	$(NICE) $(CC) -O2 -w -I$(BEARSSL)/inc -I$(BEARSSL)/src -c $(BEARSSL)/src/$*.c -o $@

$(BUILD)/%.o: %.c $(BEARSSL)/inc/bearssl.h
	@mkdir -p $(@D)
	$(NICE) $(CC) $(HOST) -c $< -o $@

$(BUILD)/test_%: $(BUILD)/test/test_%.o $(OBJ) $(BEAROBJ)
	$(NICE) $(CC) $(SAN) $^ -o $@

test: $(TESTS)
	@set -e; for t in $(TESTS); do $(NICE) $$t $(FULL); done

# Every seeded bug is compiled into a variant of its own, and its test has to fail.
bugs: $(TESTS)
	@set -e; for list in $(BUGS); do while read -r bug; do \
	  tools/seeded.sh "$$(basename $$list .bugs)" "$$bug" "$(CC)" "$(HOST)" $(BUILD) \
	    "$(SRC)" "$(BEAROBJ)"; done < $$list; done

# Against a real broker, on a free port, stopped afterwards.
broker: $(BUILD)/test_mqtt_broker
	@PATH="$$PATH:/usr/sbin" command -v mosquitto > /dev/null || { \
	  echo "mosquitto is missing, test_mqtt_broker.c talks to a real broker:" >&2; \
	  echo "make -f test/store.mk deps-broker" >&2; exit 1; }; $(NICE) $<

deps-broker:
	@echo "mosquitto is no part of the firmware: test_mqtt_broker.c talks to it"
	apt-get install -y --no-install-recommends mosquitto

-include $(OBJ:.o=.d) $(patsubst %,$(BUILD)/test/%.d,$(NAMES))
