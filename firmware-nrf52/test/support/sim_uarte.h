/*
 * A second UART as the nRF52840 has it: it reads RAM by itself while a line leaves (product
 * specification, UARTE: EasyDMA), tells the end by ENDTX, and is told by nobody to wait.
 */
#ifndef SIM_UARTE_H
#define SIM_UARTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"

#define SIM_UARTE_PIN 33u /* P1.01 */

struct sim_uarte {
    char sent[4096]; /* what left the pin */
    size_t size;
    unsigned cut_short; /* lines that another one cut off */
    bool stuck;         /* no byte leaves any more */
};

extern struct sim_uarte sim_uarte;

/* As after power-on. */
void sim_uarte_reset(void);
/* Until all has left. */
void sim_uarte_rest(void);

/* The driver under test: src/port/nrf5x/board.h. */
void log_init(void);
void log_line(const char *subject, const char *what, uint32_t number, uint32_t code);

#endif
