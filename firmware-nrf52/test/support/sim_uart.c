/*
 * The UART's driver, on a UART of the test's own. Of its seeded bugs SEEDED_BUG_UART_CLEARS_LATE,
 * SEEDED_BUG_UART_RING_OVERRUN, SEEDED_BUG_UART_IMPATIENT and SEEDED_BUG_UART_KEEPS_OLD are meant
 * to be caught.
 */
#include "sim_uart.h"

#include <string.h>

#define PIN_TXD 6u
#define PIN_RXD 8u
#define PIN_RTS 5u
#define PIN_CTS 7u
#define REG(address) (*sim_uart_register(address))

static volatile uint32_t *sim_uart_register(uint32_t address);

#include "../../src/port/nrf5x/uart.c"

struct sim_uart sim_uart;

enum { LOOKS_A_BYTE = 7, NOTHING = 0x100 };

static const uint32_t rxd = 0x40002518, txd = 0x4000251c, rxdrdy = 0x40002108, txdrdy = 0x4000211c;

static struct {
    uint32_t address, value;
} cells[24];
static size_t used;
static uint8_t fifo[SIM_UART_FIFO];
static size_t waiting;
static uint32_t leaving; /* the byte under way, or NOTHING */
static unsigned looks, arrived;

static volatile uint32_t *cell(uint32_t address)
{
    for (size_t i = 0; i < used; i++) {
        if (cells[i].address == address) {
            return &cells[i].value;
        }
    }
    CHECK(used < sizeof cells / sizeof cells[0]);
    cells[used].address = address;
    cells[used].value = 0;
    return &cells[used++].value;
}

static void take_what_was_given(void)
{
    if (*cell(txd) == NOTHING) {
        return;
    }
    CHECK(*cell(0x40002500) == 4u && *cell(0x40002008) == 1u); /* enabled, started */
    sim_uart.trampled += leaving != NOTHING;
    leaving = *cell(txd);
    *cell(txd) = NOTHING;
    looks = 0;
}

static void pass(void)
{
    take_what_was_given();
    if (leaving == NOTHING || sim_uart.held || ++looks % LOOKS_A_BYTE != 0) {
        return;
    }
    CHECK(sim_uart.size < sizeof sim_uart.sent);
    sim_uart.sent[sim_uart.size++] = (uint8_t)leaving;
    leaving = NOTHING;
    *cell(txdrdy) = 1;
}

/* RXD is only ever read: the byte behind it comes to the front, and RXDRDY tells so. */
static void read_front(void)
{
    CHECK(waiting > 0);
    *cell(rxd) = fifo[0];
    memmove(fifo, fifo + 1, --waiting);
    if (waiting > 0) {
        *cell(rxdrdy) = 1;
    }
}

static volatile uint32_t *sim_uart_register(uint32_t address)
{
    pass();
    if (address == rxd) {
        read_front();
    }
    return cell(address);
}

void sim_uart_interrupt(void)
{
    if (*cell(rxdrdy) != 0 && (*cell(0x40002304) & UART_INT_RXDRDY) != 0) {
        uart_handler();
    }
}

void sim_uart_arrives(uint8_t byte, unsigned every)
{
    if (waiting == SIM_UART_FIFO) {
        sim_uart.overrun++;
    } else {
        fifo[waiting++] = byte;
        if (waiting == 1) {
            *cell(rxdrdy) = 1;
        }
    }
    if (++arrived % every == 0) {
        sim_uart_interrupt();
    }
}

void sim_uart_rest(void)
{
    do {
        pass();
    } while (leaving != NOTHING && !sim_uart.held);
}

void sim_uart_reset(void)
{
    memset(&sim_uart, 0, sizeof sim_uart);
    used = waiting = 0;
    looks = arrived = 0;
    leaving = NOTHING;
    *cell(txd) = NOTHING;
    sending = false;
    ring_in = ring_out = UINT32_MAX - SIM_UART_RING / 2;
}
