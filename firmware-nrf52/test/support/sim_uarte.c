/*
 * The log's driver, on a UARTE of the test's own. Of its seeded bugs SEEDED_BUG_LOG_IMPATIENT,
 * SEEDED_BUG_LOG_ENDED and SEEDED_BUG_LOG_PORT are meant to be caught.
 */
#include "sim_uarte.h"

#include <string.h>

#define LOG_TXD SIM_UARTE_PIN
#define REG(address) (*sim_register(address))

static volatile uint32_t *sim_register(uint32_t address);

#include "../../src/port/nrf5x/log.c"

struct sim_uarte sim_uarte;

enum { LOOKS_A_BYTE = 7 }; /* of the driver, while one byte leaves */

static struct {
    uint32_t address, value;
} cells[16];
static size_t used;
static size_t left;        /* of the transfer under way */
static const uint8_t *dma; /* reads RAM as the bytes leave, not before */
static unsigned looks;

static volatile uint32_t *cell(uint32_t address)
{
    for (size_t i = 0; i < used; i++) {
        if (cells[i].address == address) {
            return &cells[i].value;
        }
    }
    CHECK(used < sizeof cells / sizeof cells[0]);
    cells[used].address = address;
    return &cells[used++].value;
}

#undef REG
#define REG(address) (*cell(address))

static bool drives_its_pin(void)
{
    uint32_t bit = 1u << SIM_UARTE_PIN % 32u, port = SIM_UARTE_PIN / 32u * PORT_STEP;
    return UARTE1_PSELTXD == SIM_UARTE_PIN && (REG(P0_DIRSET + port) & bit) != 0 &&
           (REG(P0_OUTSET + port) & bit) != 0;
}

static void begin(void)
{
    UARTE1_STARTTX = 0;
    CHECK(UARTE1_ENABLE == UARTE_ENABLED && UARTE1_BAUDRATE == UARTE_115200 && drives_its_pin());
    CHECK(UARTE1_TXDPTR == (uint32_t)(uintptr_t)log_text);
    CHECK(UARTE1_TXDMAXCNT > 0 && UARTE1_TXDMAXCNT <= sizeof log_text);
    sim_uarte.cut_short += left > 0;
    dma = log_text;
    left = UARTE1_TXDMAXCNT;
}

static void pass(void)
{
    if (UARTE1_STARTTX == 1) {
        begin();
    }
    if (left == 0 || sim_uarte.stuck || ++looks % LOOKS_A_BYTE != 0) {
        return;
    }
    CHECK(sim_uarte.size < sizeof sim_uarte.sent);
    sim_uarte.sent[sim_uarte.size++] = (char)*dma++;
    if (--left == 0) {
        UARTE1_ENDTX = 1;
    }
}

/* What the driver wrote takes effect at its next look, or in sim_uarte_rest(). */
static volatile uint32_t *sim_register(uint32_t address)
{
    pass();
    return cell(address);
}

void sim_uarte_rest(void)
{
    do {
        pass();
    } while (left > 0 && !sim_uarte.stuck);
}

void sim_uarte_reset(void)
{
    memset(&sim_uarte, 0, sizeof sim_uarte);
    used = left = 0;
    busy = false;
}
