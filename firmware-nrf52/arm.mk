# The images for chips and emulators. Included by Makefile.

CROSS   ?= arm-none-eabi-
ARMCC   := $(CROSS)gcc
CHIPS   := nrf52832 nrf52840 microbit
ARMWARN := $(filter-out -Wpedantic,$(WARN))

# All but the drivers is compiled once for each core: what the emulator's M4 runs are the very
# objects of the nRF52 images. The drivers once for each board, both nRF52 in one.
CORES   := m0 m4
BOARDS  := nrf52 microbit mps2
CORE_nrf52    := m4
CORE_microbit := m0
CORE_mps2     := m4
BOARD_nrf52832 := nrf52
BOARD_nrf52840 := nrf52
BOARD_microbit := microbit
BOARD_mps2     := mps2
PORT_nrf52    := nrf5x
PORT_microbit := nrf5x
PORT_mps2     := mps2
CPU_m0        := -mcpu=cortex-m0 -DOTAKEY_CORTEX_M0
CPU_m4        := -mcpu=cortex-m4
MUL_m0        := ec/ec_c25519_m15.c symcipher/poly1305_ctmul32.c
MUL_m4        := ec/ec_c25519_m31.c symcipher/poly1305_ctmul.c
CPU_nrf52     := $(CPU_m4) -DOTAKEY_NRF52 -DPIN_TXD=6u -DPIN_RXD=8u -DPIN_RTS=5u -DPIN_CTS=7u
CPU_microbit  := $(CPU_m0) -DOTAKEY_MICROBIT -DPIN_TXD=24u -DPIN_RXD=25u -DPIN_RTS=0u -DPIN_CTS=1u
CPU_mps2      := $(CPU_m4) -Itest/support

# Bytes of stack that RAM is reckoned with; `make e2e` measures what is used and holds it against
# them (Cortex-M0; the M4 needs less): 3456, and an interrupt at the deepest point varies it by 32.
STACK   := 3520

BEARCOMMON := $(filter-out %m15.c %m31.c %ctmul.c %ctmul32.c,$(BEAR))
ARMINC   := -Iinclude $(patsubst %,-I%,$(wildcard src/*)) -isystem $(BEARSSL)/inc
ARMFLAGS := -std=c11 -mthumb -Os -g -ffunction-sections -fdata-sections -MMD -MP \
            -fcallgraph-info=su \
            -DOTAKEY_FIRMWARE_VERSION='"$(VERSION)"'

# Variants of a chip's image: only main.c and log.c differ.
LOG_TXD  ?= 33
VARIANTS := nrf52832-modem nrf52840-modem nrf52840-log microbit-modem microbit-log
VARIANT_nrf52832-modem := -DOTAKEY_MODEM
VARIANT_nrf52840-modem := -DOTAKEY_MODEM
VARIANT_nrf52840-log   := -DOTAKEY_MODEM -DLOG_TXD=$(LOG_TXD)u
VARIANT_microbit-modem := -DOTAKEY_MODEM
# Its chip has no such UART: for a debugger.
VARIANT_microbit-log   := -DOTAKEY_MODEM -DLOG_TXD=$(LOG_TXD)u

.PHONY: FORCE deps-arm arm size bench merge test-merge e2e-parts e2e powercut

deps-arm:
	@echo "for images and their tests: cross compiler, C library, emulator (0.9 GB)"
	apt-get install -y --no-install-recommends gcc-arm-none-eabi libnewlib-arm-none-eabi \
	  qemu-system-arm

CHIP          ?= nrf52840
# A header of `otakey admin product bundle --format c`: compiled into the image of CHIP.
BUNDLE_HEADER ?=

ifeq ($(BUNDLE_HEADER),)
arm: $(foreach image,$(CHIPS) $(VARIANTS),build/$(image)/otakey.hex)
else
arm: build/$(CHIP)/bundled.hex
	@echo "$<: image and bundle; it holds the product key"
endif

build/toolchain:
	@command -v $(ARMCC) > /dev/null || { \
	  echo "$(ARMCC) is missing: make deps-arm" >&2; exit 1; }
	@mkdir -p build && touch $@

LINK := -mthumb -nostartfiles -specs=nano.specs -specs=nosys.specs -Wl,--gc-sections

# Sources for core or board $(1), with warnings.
define compile_rule
build/$(1)/src/%.o: src/%.c $(BEARSSL)/inc/bearssl.h arm.mk | build/toolchain
	@mkdir -p $$(@D)
	$(NICE) $(ARMCC) $(ARMFLAGS) $(CPU_$(1)) $(ARMWARN) $(ARMINC) -c $$< -o $$@
endef
$(foreach part,$(CORES) $(BOARDS),$(eval $(call compile_rule,$(part))))

# What all boards with core $(1) share; BearSSL's sources are as they are.
define core_rules
build/$(1)/bearssl/%.o: $(BEARSSL)/inc/bearssl.h arm.mk | build/toolchain
	@mkdir -p $$(@D)
	$(NICE) $(ARMCC) $(ARMFLAGS) $(CPU_$(1)) -w -I$(BEARSSL)/inc -I$(BEARSSL)/src \
	  -c $(BEARSSL)/src/$$*.c -o $$@

COREOBJ_$(1) := $(patsubst %.c,build/$(1)/%.o,$(SRC)) \
                $(patsubst %.c,build/$(1)/bearssl/%.o,$(BEARCOMMON) $(MUL_$(1)))

-include $(patsubst %.c,build/$(1)/%.d,$(SRC))
endef
$(foreach core,$(CORES),$(eval $(call core_rules,$(core))))

define board_rules
PORTOBJ_$(1) := $(patsubst %.c,build/$(1)/%.o,$(wildcard src/port/$(PORT_$(1))/*.c))

-include $(patsubst %.c,build/$(1)/%.d,$(wildcard src/port/$(PORT_$(1))/*.c))
endef
$(foreach board,$(BOARDS),$(eval $(call board_rules,$(board))))

define image_rules
OBJ_$(1) := $(PORTOBJ_$(BOARD_$(1))) $(COREOBJ_$(CORE_$(BOARD_$(1))))

build/$(1)/otakey.elf: $$(OBJ_$(1)) ld/$(1).ld $(wildcard ld/nrf5x.ld)
	@mkdir -p $$(@D)
	$(NICE) $(ARMCC) $(CPU_$(BOARD_$(1))) $(LINK) -T ld/$(1).ld $$(filter %.o,$$^) -o $$@
endef
$(foreach chip,$(CHIPS) mps2,$(eval $(call image_rules,$(chip))))

# Rules of a variant of chip $(2).
define variant_rules
build/$(1)/%.o: src/port/nrf5x/%.c $(BEARSSL)/inc/bearssl.h arm.mk | build/toolchain
	@mkdir -p $$(@D)
	$(NICE) $(ARMCC) $(ARMFLAGS) $(CPU_$(BOARD_$(2))) $(VARIANT_$(1)) $(ARMWARN) $(ARMINC) \
	  -c $$< -o $$@

OBJ_$(1) := build/$(1)/main.o build/$(1)/log.o $(filter-out %/main.o %/log.o,$(OBJ_$(2)))

build/$(1)/otakey.elf: $$(OBJ_$(1)) ld/$(2).ld ld/nrf5x.ld
	$(NICE) $(ARMCC) $(CPU_$(BOARD_$(2))) $(LINK) -T ld/$(2).ld $$(filter %.o,$$^) -o $$@

-include build/$(1)/main.d build/$(1)/log.d
endef
chip_of = $(firstword $(subst -, ,$(1)))
$(foreach image,$(VARIANTS),$(eval $(call variant_rules,$(image),$(call chip_of,$(image)))))

# The self-test plays the gateway, too; memory.c is a port's.
build/mps2/otakey.elf: build/mps2/test/support/sim_gateway.o build/mps2/src/port/nrf5x/memory.o
build/mps2/test/support/%.o: test/support/%.c | build/toolchain
	@mkdir -p $(@D)
	$(NICE) $(ARMCC) $(ARMFLAGS) $(CPU_mps2) $(ARMWARN) $(ARMINC) -c $< -o $@

# Instructions and stack of the M4 build, in an emulator; bytes on the wire; flash and RAM against
# their limits.
bench: build/mps2/otakey.elf $(BUILD)/test_link
	@$(PYTHON) tools/mps2.py $<
	@$(NICE) $(BUILD)/test_link | grep "bytes of MQTT"

size: $(foreach image,$(CHIPS) $(VARIANTS),build/$(image)/otakey.elf) \
      $(patsubst test/calls/%.c,refused_%,$(wildcard test/calls/*.c))
	@$(PYTHON) tools/size.py $(CROSS)size $(STACK) $(filter %.elf,$^)
	@$(PYTHON) tools/calls.py $(CROSS)nm build/nrf52840-log/otakey.elf $(OBJ_nrf52840-log)
	@$(PYTHON) tools/calls.py $(CROSS)nm build/microbit-log/otakey.elf $(OBJ_microbit-log)

# What has recursion, a heap or a frame of any size is refused.
refused_%: test/calls/%.c | build/toolchain
	@mkdir -p build/calls
	$(NICE) $(ARMCC) $(ARMFLAGS) $(CPU_m4) -c $< -o build/calls/$*.o
	$(NICE) $(ARMCC) $(CPU_m4) -mthumb -specs=nano.specs -specs=nosys.specs -w build/calls/$*.o \
	  -o build/calls/$*.elf 2> build/calls/$*.log
	@! $(PYTHON) tools/calls.py $(CROSS)nm build/calls/$*.elf build/calls/$*.o > build/calls/$*.log 2>&1
	@cat build/calls/$*.log | sed 's/^calls: /calls          refused, as it has to be: /'

%.hex: %.elf
	$(CROSS)objcopy -O ihex $< $@

# The page is made anew each time: nobody knows which header it was made of before.
build/$(CHIP)/bundle_page.c: build/$(CHIP)/otakey.elf FORCE
	@$(PYTHON) tools/bundle_page.py "$(BUNDLE_HEADER)" \
	  $$($(CROSS)nm $< | awk '$$3 == "flash_bundle" {print $$1}') $@

build/$(CHIP)/bundled.elf: build/$(CHIP)/bundle_page.c $(OBJ_$(CHIP)) ld/bundle.ld
	umask 077; $(NICE) $(ARMCC) $(CPU_$(BOARD_$(CHIP))) -mthumb -c $< \
	    -o build/$(CHIP)/bundle_page.o && \
	  $(NICE) $(ARMCC) $(CPU_$(BOARD_$(CHIP))) $(LINK) -T ld/bundle.ld -T ld/$(CHIP).ld \
	    $(OBJ_$(CHIP)) build/$(CHIP)/bundle_page.o -o $@

build/$(CHIP)/bundled.hex: build/$(CHIP)/bundled.elf
	umask 077; $(CROSS)objcopy -O ihex $< $@

FORCE:

# One file for the flasher: make merge CHIP=nrf52840 BUNDLE=lamp.hex
merge: build/$(CHIP)/otakey.hex
	@[ -n "$(BUNDLE)" ] || { echo "make merge CHIP=$(CHIP) BUNDLE=FILE.hex" >&2; exit 1; }
	$(PYTHON) tools/merge.py $< "$(BUNDLE)" build/$(CHIP)/merged.hex
	@echo "build/$(CHIP)/merged.hex: image and bundle; it holds the product key"

# Devices of this PC and emulated chips against a real gateway of this checkout; power cuts.
EMULATED := $(foreach image,microbit microbit-modem microbit-log one-slot,build/$(image)/otakey.hex)
E2E      := $(BUILD)/otakey-device $(FLEETTEST) $(EMULATED)
e2e-parts: $(E2E) $(EMULATED:.hex=.nm)

e2e: e2e-parts
	$(NICE) $(PYTHON) test/e2e/e2e.py $(E2E) $(STACK) $(FULL)

test-merge: build/nrf52840/otakey.hex build/microbit/otakey.hex
	@$(PYTHON) test/merge.py $<
	@$(NICE) $(PYTHON) test/bundle_header.py $(FULL) nrf52840:0x7f000 microbit:0x3f000

%.nm: %.elf
	$(CROSS)nm $< > $@

# The image with a seeded bug in its store: one slot for both keys.
build/one-slot/store.o: src/store/store.c $(BEARSSL)/inc/bearssl.h | build/toolchain
	@mkdir -p $(@D)
	$(NICE) $(ARMCC) $(ARMFLAGS) $(CPU_microbit) $(ARMINC) -DSEEDED_BUG_ONE_SLOT -c $< -o $@

build/one-slot/otakey.elf: build/one-slot/store.o $(filter-out %/store/store.o,$(OBJ_microbit)) \
                           ld/microbit.ld ld/nrf5x.ld
	$(NICE) $(ARMCC) $(CPU_microbit) $(LINK) -T ld/microbit.ld $(filter %.o,$^) -o $@

# The real image and flash driver, and a power cut at every flash operation.
powercut: $(foreach end,hex nm,$(foreach image,microbit one-slot,build/$(image)/otakey.$(end)))
	$(NICE) $(PYTHON) test/e2e/powercut.py $(filter %.hex,$^) $(FULL)
