# The images for chips and emulators. Included by Makefile.

CROSS   ?= arm-none-eabi-
ARMCC   := $(CROSS)gcc
CHIPS   := nrf52832 nrf52840 microbit
ARMWARN := $(filter-out -Wpedantic,$(WARN))

CPU_nrf52832 := -mcpu=cortex-m4 -DOTAKEY_NRF52 -DPIN_TXD=6u -DPIN_RXD=8u -DPIN_RTS=5u -DPIN_CTS=7u
CPU_nrf52840 := $(CPU_nrf52832)
CPU_microbit := -mcpu=cortex-m0 -DOTAKEY_CORTEX_M0 -DOTAKEY_MICROBIT -DPIN_TXD=24u -DPIN_RXD=25u \
                -DPIN_RTS=0u -DPIN_CTS=1u
MUL_nrf52832 := ec/ec_c25519_m31.c symcipher/poly1305_ctmul.c
MUL_nrf52840 := $(MUL_nrf52832)
MUL_microbit := ec/ec_c25519_m15.c symcipher/poly1305_ctmul32.c
PORT_nrf52832 := nrf5x
PORT_nrf52840 := nrf5x
PORT_microbit := nrf5x

BEARCOMMON := $(filter-out %m15.c %m31.c %ctmul.c %ctmul32.c,$(BEAR))
ARMINC   := -Iinclude $(patsubst %,-I%,$(wildcard src/*)) -isystem $(BEARSSL)/inc
ARMFLAGS := -std=c11 -mthumb -Os -g -ffunction-sections -fdata-sections -MMD -MP \
            -DOTAKEY_FIRMWARE_VERSION='"$(VERSION)"'

.PHONY: deps-arm arm merge e2e-qemu

deps-arm:
	@echo "for images and their tests: cross compiler, C library, emulator (0.9 GB)"
	apt-get install -y --no-install-recommends gcc-arm-none-eabi libnewlib-arm-none-eabi \
	  qemu-system-arm

arm: $(foreach chip,$(CHIPS),build/$(chip)/otakey.hex)

build/toolchain:
	@command -v $(ARMCC) > /dev/null || { \
	  echo "$(ARMCC) is missing: make deps-arm" >&2; exit 1; }
	@mkdir -p build && touch $@

# Rules of one chip: its own sources with warnings, BearSSL's as they are.
define chip_rules
build/$(1)/src/%.o: src/%.c $(BEARSSL)/inc/bearssl.h | build/toolchain
	@mkdir -p $$(@D)
	$(NICE) $(ARMCC) $(ARMFLAGS) $(CPU_$(1)) $(ARMWARN) $(ARMINC) -c $$< -o $$@

build/$(1)/bearssl/%.o: $(BEARSSL)/inc/bearssl.h | build/toolchain
	@mkdir -p $$(@D)
	$(NICE) $(ARMCC) $(ARMFLAGS) $(CPU_$(1)) -w -I$(BEARSSL)/inc -I$(BEARSSL)/src \
	  -c $(BEARSSL)/src/$$*.c -o $$@

OBJ_$(1) := $(patsubst %.c,build/$(1)/%.o,$(SRC) $(wildcard src/port/$(PORT_$(1))/*.c)) \
            $(patsubst %.c,build/$(1)/bearssl/%.o,$(BEARCOMMON) $(MUL_$(1)))

build/$(1)/otakey.elf: $$(OBJ_$(1)) ld/$(1).ld $(wildcard ld/nrf5x.ld)
	$(NICE) $(ARMCC) $(CPU_$(1)) -mthumb -nostartfiles -specs=nano.specs -specs=nosys.specs \
	  -Wl,--gc-sections -T ld/$(1).ld $$(OBJ_$(1)) -o $$@

-include $$(patsubst %.o,%.d,$$(filter build/$(1)/src/%,$$(OBJ_$(1))))
endef
$(foreach chip,$(CHIPS),$(eval $(call chip_rules,$(chip))))

%.hex: %.elf
	$(CROSS)objcopy -O ihex $< $@

# One file for the flasher: make merge CHIP=nrf52840 BUNDLE=lamp.hex
CHIP ?= nrf52840
merge: build/$(CHIP)/otakey.hex
	@[ -n "$(BUNDLE)" ] || { echo "make merge CHIP=$(CHIP) BUNDLE=FILE.hex" >&2; exit 1; }
	$(PYTHON) tools/merge.py $< "$(BUNDLE)" build/$(CHIP)/merged.hex
	@echo "build/$(CHIP)/merged.hex: image and bundle; it holds the product key"

# Chips in the emulator against a real gateway of this checkout.
e2e-qemu: build/microbit/otakey.hex
	$(NICE) $(PYTHON) test/e2e/qemu.py $< \
	  $$($(CROSS)nm build/microbit/otakey.elf | awk '$$3 == "stack_limit" {print $$1}') $(FULL)
