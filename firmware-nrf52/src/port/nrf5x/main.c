/*
 * The example: enrolls, rotates, polls, sleeps. The UART goes to the gateway through a modem or a
 * bridge in transparent mode, which knows the gateway's address.
 */
#include "board.h"

#define KEEP_ALIVE 60u

static struct otakey_board board;
/* Counters of the client outlive a reset here. */
static struct otakey_device device __attribute__((section(".noinit")));

/* Never called: without a scheme no connection is taken. */
static void log_in(void *context, const struct otakey_credential *credential)
{
    (void)context;
    (void)credential;
}

static void on_event(void *context, const struct otakey_event *event)
{
    (void)context;
    (void)event;
}

static void sleep_until(uint64_t time)
{
    while (clock_now() < time && !uart_has_input() && !otakey_link_has_output(&device.link)) {
        watchdog_feed();
        __asm__ volatile("wfi");
    }
}

static void run(bool rotate)
{
    for (;;) {
        uint64_t now = clock_now();
        uint64_t next = otakey_device_step(&device, now);
        if (rotate && otakey_rotate_now(&device.client, now)) {
            rotate = false;
        } else {
            sleep_until(next);
        }
        watchdog_feed();
    }
}

int main(void)
{
    static const char *const schemes[] = {NULL};
    static const uint8_t version[] = OTAKEY_FIRMWARE_VERSION;
    board = (struct otakey_board){.bundle = flash_bundle,
                                  .bundle_address = (uint32_t)(uintptr_t)flash_bundle,
                                  .device_id = identity(),
                                  .version = {version, sizeof version - 1},
                                  .streams = 1,
                                  .keep_alive = KEEP_ALIVE,
                                  .schemes = schemes,
                                  .random = rng_draw,
                                  .log_in = log_in,
                                  .event = on_event};
    nvmc_init(&board.flash);
    clock_init();
    uart_init(&board.stream);
    rng_init();
    int result = otakey_device_start(&device, &board, clock_now());
    if (result == OTAKEY_OK || result == OTAKEY_E_FLASH) {
        run(identity_wants_rotation());
    }
    for (;;) { /* no bundle, or crypto that is wrong: nothing to do, and nothing is sent */
        watchdog_feed();
        __asm__ volatile("wfi");
    }
}
