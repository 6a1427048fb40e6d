#include "board.h"
#include "regs.h"

#define RING 512u
#define TX_PATIENCE 20000u /* polls: a byte takes 87 us, and the other side may hold us by CTS */

static volatile uint8_t ring[RING];
static volatile uint32_t ring_in, ring_out;
static bool sending; /* a byte is under way: TXDRDY comes when it is out */

void uart_handler(void)
{
    while (UART_RXDRDY != 0) {
#ifndef SEEDED_BUG_UART_CLEARS_LATE
        UART_RXDRDY = 0; /* first: reading brings up the next byte, which sets it again */
#endif
        uint8_t byte = (uint8_t)UART_RXD;
#ifdef SEEDED_BUG_UART_CLEARS_LATE
        UART_RXDRDY = 0;
#endif
#ifndef SEEDED_BUG_UART_RING_OVERRUN
        if (ring_in - ring_out < RING) /* else lost: the frame fails its check, and comes again */
#endif
        {
            ring[ring_in % RING] = byte;
            ring_in++;
        }
    }
}

bool uart_has_input(void)
{
    return ring_in != ring_out;
}

/* The modem or bridge connects; here begins a new conversation. */
static int open_uart(void *context, unsigned address)
{
    (void)context;
    (void)address;
#ifndef SEEDED_BUG_UART_KEEPS_OLD
    ring_out = ring_in;
#endif
    return 0;
}

static void close_uart(void *context)
{
    (void)context;
}

static bool can_send(void)
{
#ifdef SEEDED_BUG_UART_IMPATIENT
    sending = false;
#endif
    for (uint32_t i = 0; sending && i < TX_PATIENCE; i++) {
        if (UART_TXDRDY != 0) {
            UART_TXDRDY = 0;
            sending = false;
        }
    }
    return !sending;
}

static int write_uart(void *context, const uint8_t *bytes, size_t size)
{
    (void)context;
    size_t sent = 0;
    while (sent < size && can_send()) {
        UART_TXD = bytes[sent++];
        sending = true;
    }
    return (int)sent;
}

static int read_uart(void *context, uint8_t *bytes, size_t size)
{
    (void)context;
    size_t read = 0;
    while (read < size && ring_out != ring_in) {
        bytes[read++] = ring[ring_out % RING];
        ring_out++;
    }
    return (int)read;
}

void uart_init(struct otakey_stream *stream)
{
    *stream = (struct otakey_stream){NULL, open_uart, write_uart, read_uart, close_uart};
    GPIO_OUTSET = 1u << PIN_TXD | 1u << PIN_RTS;
    GPIO_DIRSET = 1u << PIN_TXD | 1u << PIN_RTS;
    UART_PSELTXD = PIN_TXD;
    UART_PSELRXD = PIN_RXD;
    UART_PSELRTS = PIN_RTS;
    UART_PSELCTS = PIN_CTS;
    UART_CONFIG = UART_HARDWARE_FLOW;
    UART_BAUDRATE = UART_115200;
    UART_ENABLE = 4;
    UART_INTENSET = UART_INT_RXDRDY;
    NVIC_ISER0 = 1u << UART_IRQ;
    UART_STARTRX = 1;
    UART_STARTTX = 1;
}
