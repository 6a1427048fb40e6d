/*
 * Drivers for nRF51 and nRF52: flash, UART, random numbers, time, identity. One at a time, from the
 * main loop; interrupts only fill the ring buffer and count time.
 */
#ifndef BOARD_H
#define BOARD_H

#include "otakey/device.h"
#include "otakey/modem.h"

/* ---- startup.c */

/* From the linker script: where slots and factory bundle stand. */
extern uint8_t flash_slot0[], flash_slot1[], flash_bundle[];

void fault_handler(void);
void uart_handler(void);
void timer_handler(void);

/* ---- nvmc.c */

/* The two slots; a slot is one erase page, its size comes from the chip. */
void nvmc_init(struct otakey_flash *flash);
/* The primitives, for breakpoints, too. */
void flash_write_word(uint32_t address, uint32_t value);
void flash_erase_page(uint32_t address);

/* ---- uart.c: a stream to one gateway, by way of a modem or a bridge in transparent mode */

void uart_init(struct otakey_stream *stream);
bool uart_has_input(void);

/* ---- log.c: text on a line of its own, 115200 baud; only where LOG_TXD says on which pin */

void log_init(void);
/* "<subject><what> <number> <code>". Names, numbers, never a secret. */
void log_line(const char *subject, const char *what, uint32_t number, uint32_t code);

/* ---- rng.c */

/* Starts and checks the generator. */
void rng_init(void);
/* A port's random(): fails for ever if the check failed. */
int rng_draw(void *context, uint8_t *out, size_t size);

/* ---- clock.c */

void clock_init(void);
/* Milliseconds since start, in steps of 10. */
uint64_t clock_now(void);
/* The chip is reset if this is not called for 8 seconds. */
void watchdog_feed(void);

/* ---- identity.c */

/* The device id of section 3: FICR DEVICEID[1], then [0], as 16 lower-case hex digits. */
struct otakey_span identity(void);
/* What an emulator's identity page asks of the example: to rotate once; else false. */
bool identity_wants_rotation(void);

#endif
