/* A log on the second UART, which the nRF52840 has and nRF51 and nRF52832 have not. */
#include "board.h"
#include "regs.h"

#ifdef LOG_TXD

#define LINE_MAX 64u
#define PATIENCE 1000000u /* polls: the line before takes 6 ms at the most */

static uint8_t log_text[LINE_MAX];
static bool busy;

static size_t put_text(size_t at, const char *from)
{
    while (*from != '\0' && at < LINE_MAX) {
        log_text[at++] = (uint8_t)*from++;
    }
    return at;
}

static size_t put_number(size_t at, uint32_t number)
{
    char digits[] = "           ";
    char *digit = digits + sizeof digits - 1;
    do {
        *--digit = (char)('0' + number % 10u);
        number /= 10u;
    } while (number > 0);
    return put_text(at, digit - 1);
}

void log_line(const char *subject, const char *what, uint32_t number, uint32_t code)
{
#ifndef SEEDED_BUG_LOG_IMPATIENT
    for (uint32_t i = 0; busy && UARTE1_ENDTX == 0 && i < PATIENCE; i++) {
    }
#endif
    size_t size = put_text(put_text(0, subject), what);
    size = put_text(put_number(put_number(size, number), code), "\r\n");
#ifndef SEEDED_BUG_LOG_ENDED
    UARTE1_ENDTX = 0;
#endif
    UARTE1_TXDPTR = (uint32_t)(uintptr_t)log_text;
    UARTE1_TXDMAXCNT = (uint32_t)size;
    __asm__ volatile("" ::: "memory");
    UARTE1_STARTTX = 1;
    busy = true;
}

void log_init(void)
{
    uint32_t port = LOG_TXD / 32u * PORT_STEP;
#ifdef SEEDED_BUG_LOG_PORT
    port = 0;
#endif
    REG(P0_OUTSET + port) = 1u << LOG_TXD % 32u;
    REG(P0_DIRSET + port) = 1u << LOG_TXD % 32u;
    UARTE1_PSELTXD = LOG_TXD;
    UARTE1_BAUDRATE = UARTE_115200;
    UARTE1_ENABLE = UARTE_ENABLED;
}

#else

typedef int no_log; /* a translation unit is never empty (ISO C) */

#endif
