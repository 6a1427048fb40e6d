#include "board.h"
#include "regs.h"

static void wait_ready(void)
{
    while ((NVMC_READY & 1u) == 0) {
    }
}

__attribute__((noinline)) void flash_write_word(uint32_t address, uint32_t value)
{
    NVMC_CONFIG = NVMC_WRITE;
    wait_ready();
    REG(address) = value;
    wait_ready();
    NVMC_CONFIG = NVMC_READ;
    wait_ready();
}

__attribute__((noinline)) void flash_erase_page(uint32_t address)
{
    NVMC_CONFIG = NVMC_ERASE;
    wait_ready();
    NVMC_ERASEPAGE = address;
    wait_ready();
    NVMC_CONFIG = NVMC_READ;
    wait_ready();
}

static uint32_t base(int slot)
{
    return (uint32_t)(uintptr_t)(slot == 0 ? flash_slot0 : flash_slot1);
}

static int erase_page(void *context, int slot)
{
    (void)context;
    flash_erase_page(base(slot));
    return 0; /* the store reads back */
}

static int write_word(void *context, int slot, uint32_t word, uint32_t value)
{
    (void)context;
    flash_write_word(base(slot) + 4u * word, value);
    return 0;
}

static uint32_t read_word(void *context, int slot, uint32_t word)
{
    (void)context;
    return REG(base(slot) + 4u * word);
}

void nvmc_init(struct otakey_flash *flash)
{
#ifdef OTAKEY_NRF52
    NVMC_ICACHECNF = 1;
#endif
    *flash = (struct otakey_flash){erase_page, write_word, read_word, NULL,
                                   FICR_CODEPAGESIZE / 4u};
}
