/*
 * The example: enrolls, rotates, moves, polls, sleeps; with a modem it logs in to its platform and
 * publishes a counter. The UART goes to the gateway by a bridge in transparent mode, which knows
 * the gateway's address, or, with OTAKEY_MODEM, to a modem that is told whom to connect to.
 */
#include "board.h"

#define KEEP_ALIVE 60u

static struct otakey_board board;
/* Counters of the client outlive a reset here. */
static struct otakey_device device __attribute__((section(".noinit")));

static void on_event(void *context, const struct otakey_event *event)
{
    (void)context;
#ifdef LOG_TXD
    log_line("", otakey_event_name(event->type), event->epoch, event->code);
#else
    (void)event;
#endif
}

#ifdef OTAKEY_MODEM

#include <string.h>

#define GATEWAY_PORT 1883u
#define PUBLISH_EVERY 60u /* seconds */
#define TOPIC_END "/counter"

/* One line for gateway and platform, in turn. */
static struct otakey_stream serial;
static struct otakey_modem modem;
static struct otakey_modem_user gateway = {.modem = &modem};
static struct otakey_modem_user platform = {.modem = &modem};
static struct otakey_platform_port port;
static uint8_t topic[OTAKEY_PLATFORM_TOPIC_MAX]; /* the device's id, and what it tells */

#ifdef LOG_TXD
static void on_platform(void *context, enum otakey_platform_event event, uint32_t number)
{
    (void)context;
    log_line("platform ", otakey_platform_event_name(event), number, 0);
}
#endif

static void line_init(void)
{
    size_t size = board.device_id.size;
    memcpy(topic, board.device_id.data, size);
    memcpy(topic + size, TOPIC_END, sizeof TOPIC_END - 1);
    uart_init(&serial);
    otakey_modem_init(&modem, &otakey_modem_esp_at, &serial, clock_now);
    gateway.gateways = device.gateways;
    gateway.port = GATEWAY_PORT;
    board.stream = otakey_modem_stream(&gateway);
    board.streams = OTAKEY_GATEWAYS_MAX;
    port = (struct otakey_platform_port){.stream = otakey_modem_stream(&platform),
                                         .dial = otakey_modem_dial,
                                         .one_line = true,
                                         .topic = {topic, size + sizeof TOPIC_END - 1},
                                         .branch = {topic, size + 1},
                                         .seconds = PUBLISH_EVERY,
                                         .keep_alive = KEEP_ALIVE};
#ifdef LOG_TXD
    port.event = on_platform;
#endif
    board.platform = &port;
}

static uint64_t line_run(uint64_t next)
{
    uint64_t due = otakey_modem_run(&modem);
    return due < next ? due : next;
}

#else

/* Without a scheme no connection is taken: a bridge reaches nobody but the gateway. */
static void line_init(void)
{
    static const char *const schemes[] = {NULL};
    uart_init(&board.stream);
    board.streams = 1;
    board.schemes = schemes;
}

/* What comes while nobody listens must not keep the chip awake. */
static uint64_t line_run(uint64_t next)
{
    if (!otakey_link_is_open(&device.link)) {
        (void)board.stream.open(board.stream.context, 0);
    }
    return next;
}

#endif

/* Output that waits for room is tried again at the next tick. */
static void sleep_until(uint64_t time)
{
    bool waits = otakey_device_has_output(&device);
    do {
        watchdog_feed();
        if (uart_has_input()) {
            return;
        }
        __asm__ volatile("wfi");
    } while (clock_now() < time && !waits);
}

static void run(bool rotate)
{
    for (;;) {
        uint64_t now = clock_now();
        uint64_t next = otakey_device_step(&device, now);
        if (rotate && otakey_rotate_now(&device.client, now)) {
            rotate = false;
        } else {
            next = line_run(next);
            if (clock_now() < next) {
                sleep_until(next);
            }
        }
        watchdog_feed();
    }
}

int main(void)
{
    static const uint8_t version[] = OTAKEY_FIRMWARE_VERSION;
    board = (struct otakey_board){.bundle = flash_bundle,
                                  .bundle_address = (uint32_t)(uintptr_t)flash_bundle,
                                  .device_id = identity(),
                                  .version = {version, sizeof version - 1},
                                  .keep_alive = KEEP_ALIVE,
                                  .random = rng_draw,
                                  .event = on_event};
    nvmc_init(&board.flash);
    clock_init();
    line_init();
#ifdef LOG_TXD
    log_init();
#endif
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
