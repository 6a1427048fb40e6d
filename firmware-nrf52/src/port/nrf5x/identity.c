#include "board.h"
#include "regs.h"

#define DIGITS 16u

static uint8_t text[DIGITS];

static void put_hex(uint8_t *out, uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4) {
        *out++ = (uint8_t)"0123456789abcdef"[value >> shift & 15u];
    }
}

#ifdef OTAKEY_MICROBIT
/* In the emulator all chips are one: the identity page tells them apart. Two words are the device
 * id, the third is 1 to rotate once. */
extern const uint32_t flash_identity[];

static uint32_t device_id(unsigned word)
{
    return flash_identity[word];
}

bool identity_wants_rotation(void)
{
    return flash_identity[2] == 1;
}
#else
static uint32_t device_id(unsigned word)
{
    return word == 0 ? FICR_DEVICEID0 : FICR_DEVICEID1;
}

bool identity_wants_rotation(void)
{
    return false;
}
#endif

struct otakey_span identity(void)
{
    put_hex(text, device_id(1));
    put_hex(text + 8, device_id(0));
    return (struct otakey_span){text, DIGITS};
}
