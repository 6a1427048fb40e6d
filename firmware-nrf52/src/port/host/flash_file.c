#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host.h"

#define PAGE (HOST_FLASH_WORDS * 4u)

static off_t place(int slot, uint32_t word)
{
    return (off_t)slot * (off_t)PAGE + (off_t)word * 4;
}

static uint32_t read_word(void *context, int slot, uint32_t word)
{
    const struct host_flash *flash = context;
    uint32_t value = 0;
    return pread(flash->file, &value, sizeof value, place(slot, word)) == sizeof value ? value : 0;
}

static int write_word(void *context, int slot, uint32_t word, uint32_t value)
{
    const struct host_flash *flash = context;
    value &= read_word(context, slot, word);
    bool written = pwrite(flash->file, &value, sizeof value, place(slot, word)) == sizeof value;
    return written && fdatasync(flash->file) == 0 ? 0 : -1;
}

static int erase_page(void *context, int slot)
{
    const struct host_flash *flash = context;
    static const uint32_t blank = UINT32_MAX;
    bool erased = true;
    for (uint32_t word = 0; word < HOST_FLASH_WORDS; word++) {
        erased = erased &&
                 pwrite(flash->file, &blank, sizeof blank, place(slot, word)) == sizeof blank;
    }
    return erased && fdatasync(flash->file) == 0 ? 0 : -1;
}

int host_flash_open(struct host_flash *flash, const char *path)
{
    struct stat status;
    flash->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    flash->port = (struct otakey_flash){erase_page, write_word, read_word, flash, HOST_FLASH_WORDS};
    if (flash->file < 0 || fstat(flash->file, &status) != 0) {
        return -1;
    }
    bool whole = status.st_size == (off_t)(2u * PAGE);
    return whole || (erase_page(flash, 0) == 0 && erase_page(flash, 1) == 0) ? 0 : -1;
}
