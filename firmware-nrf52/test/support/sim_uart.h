/*
 * The legacy UART as the nRF51 and nRF52 have it (product specification, UART): six bytes wait
 * behind RXD, RXDRDY tells each that comes to its front; one byte leaves at a time, TXDRDY tells
 * its end; the other side may hold it by CTS.
 */
#ifndef SIM_UART_H
#define SIM_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"
#include "otakey/device.h"

#define SIM_UART_FIFO 6u
#define SIM_UART_RING 512u /* bytes that the driver keeps */

struct sim_uart {
    uint8_t sent[4096]; /* what left the pin */
    size_t size;
    unsigned overrun;   /* bytes that came while six waited */
    unsigned trampled;  /* bytes that were given while one was under way */
    bool held;          /* by CTS: no byte leaves */
};

extern struct sim_uart sim_uart;

/* As after power-on, the driver's ring buffer included, whose counters are near their end. */
void sim_uart_reset(void);
/* A byte arrives; the interrupt comes once for `every` of them. */
void sim_uart_arrives(uint8_t byte, unsigned every);
/* The interrupt comes now, if there is a reason. */
void sim_uart_interrupt(void);
/* Until all has left. */
void sim_uart_rest(void);

/* The driver under test: src/port/nrf5x/board.h. */
void uart_init(struct otakey_stream *stream);
bool uart_has_input(void);

#endif
