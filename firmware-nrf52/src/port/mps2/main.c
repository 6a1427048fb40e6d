/*
 * The M4 build in an emulated mps2-an386: the self-test as every boot runs it, then an enrollment
 * and a rotation of the real client against the tests' gateway, counted in instructions and in
 * bytes of stack. Nothing of the gateway's side is counted. Not for hardware.
 */
#include <string.h>

#include "otakey/client.h"
#include "otakey/crypto.h"
#include "sim_gateway.h"

#define REG(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define UART_DATA REG(0x40004000)
#define UART_STATE REG(0x40004004)
#define UART_CTRL REG(0x40004008)
#define UART_BAUDDIV REG(0x40004010)
#define SYSTICK_CTRL REG(0xe000e010)
#define SYSTICK_LOAD REG(0xe000e014)
#define SYSTICK_VALUE REG(0xe000e018)
#define SYSTICK_MAX 0xffffffu
#define INSTRUCTIONS_PER_TICK 40u /* 25 MHz, and -icount shift=0: 1 ns for each instruction */

#define WORDS 256u
#define PAINT 0xc0dec0deu
#define PAINTED 1536u /* words */

extern uint32_t stack_top[];
int main(void);
void reset_handler(void);

static struct otakey_client client;
static struct sim_gateway gateway;
static uint32_t flash_words[OTAKEY_STORE_SLOTS][WORDS];
static uint8_t mail[OTAKEY_REQUEST_MAX];
static size_t mail_size;
static uint64_t now;
static uint32_t peak; /* of stack, bytes */

/* ---- output */

static void put(const char *text)
{
    for (; *text != 0; text++) {
        while ((UART_STATE & 1u) != 0) {
        }
        UART_DATA = (uint8_t)*text;
    }
}

static void put_number(const char *name, uint32_t value)
{
    char digits[11];
    char *digit = digits + sizeof digits - 1;
    *digit = 0;
    do {
        *--digit = (char)('0' + value % 10u);
        value /= 10u;
    } while (value != 0);
    put(name);
    put(" ");
    put(digit);
    put("\n");
}

/* ---- the port */

static int erase_page(void *context, int slot)
{
    (void)context;
    memset(flash_words[slot], 0xff, sizeof flash_words[slot]);
    return 0;
}

static int write_word(void *context, int slot, uint32_t word, uint32_t value)
{
    (void)context;
    flash_words[slot][word] &= value;
    return 0;
}

static uint32_t read_word(void *context, int slot, uint32_t word)
{
    (void)context;
    return flash_words[slot][word];
}

static int draw(void *context, uint8_t *out, size_t size)
{
    static uint32_t state; /* the same at every run: the count is to be repeatable */
    (void)context;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        out[i] = (uint8_t)(state >> 24);
    }
    return 0;
}

static int send_frame(void *context, const uint8_t *frame, size_t size, unsigned address)
{
    (void)context;
    (void)address;
    memcpy(mail, frame, size);
    mail_size = size;
    return 0;
}

static void log_in(void *context, const struct otakey_credential *credential)
{
    (void)context;
    (void)credential;
}

/* ---- measuring */

static volatile uint32_t *stack_base; /* where what is measured begins */

/* From far below up to where this very function's frame may be. */
static __attribute__((noinline)) void paint(void)
{
    volatile uint32_t *here = (volatile uint32_t *)__builtin_frame_address(0) - 16;
    for (volatile uint32_t *word = stack_base - PAINTED; word < here; word++) {
        *word = PAINT;
    }
}

static uint32_t unpainted(void)
{
    volatile uint32_t *word = stack_base - PAINTED;
    while (word < stack_base && *word == PAINT) {
        word++;
    }
    return (uint32_t)(stack_base - word) * 4u;
}

static uint32_t begin(void)
{
    paint();
    return SYSTICK_VALUE;
}

static uint32_t end(uint32_t begun)
{
    uint32_t ticks = (begun - SYSTICK_VALUE) & SYSTICK_MAX;
    uint32_t used = unpainted();
    peak = used > peak ? used : peak;
    return ticks * INSTRUCTIONS_PER_TICK;
}

/* The client's part until a key of this epoch is confirmed. */
static uint32_t run_until(uint32_t epoch)
{
    static uint8_t answer[OTAKEY_FRAME_MAX];
    uint32_t spent = 0;
    for (int turns = 0; turns < 20 && (gateway.epoch != epoch || !otakey_is_settled(&client));
         turns++) {
        uint32_t begun = begin();
        now = otakey_step(&client, now);
        spent += end(begun);
        if (mail_size > 0) {
            size_t size = sim_gateway_answer(&gateway, mail, mail_size, answer);
            mail_size = 0;
            begun = begin();
            (void)otakey_receive(&client, now, answer, size);
            spent += end(begun);
        }
    }
    return spent;
}

static void measure(void)
{
    static const uint8_t product[] = {'l', 'a', 'm', 'p'};
    static const uint8_t device[] = "0123456789abcdef";
    static const char *const schemes[] = {NULL};
    static struct otakey_firmware firmware;
    static struct otakey_port port;
    uint8_t scalar[OTAKEY_KEY_SIZE] = {1};
    stack_base = __builtin_frame_address(0);
    sim_gateway_init(&gateway);
    firmware.ref = (struct otakey_ref){{product, sizeof product}, {device, 16}};
    firmware.product_key_version = 1;
    memcpy(firmware.product_key, gateway.product_key, OTAKEY_KEY_SIZE);
    firmware.gateway_keys = firmware.gateway_addresses = 1;
    firmware.gateway_key[0] = gateway.public_key;
    firmware.schemes = schemes;
    port = (struct otakey_port){.flash = {erase_page, write_word, read_word, NULL, WORDS},
                                .random = draw, .send = send_frame, .log_in = log_in};
    (void)erase_page(NULL, 0);
    (void)erase_page(NULL, 1);

    uint32_t begun = begin();
    int sound = otakey_crypto_selftest();
    put_number("instructions selftest", end(begun));
    put(sound == OTAKEY_OK ? "selftest passed\n" : "selftest FAILED\n");
    begun = begin();
    (void)otakey_x25519(scalar, scalar, NULL);
    put_number("instructions x25519", end(begun));
    (void)otakey_client_init(&client, &firmware, &port);
    (void)otakey_client_start(&client, now);
    put_number("instructions enrollment", run_until(1));
    put(gateway.epoch == 1 && otakey_is_settled(&client) ? "enrolled\n" : "enrollment FAILED\n");
    (void)otakey_rotate_now(&client, now);
    put_number("instructions rotation", run_until(2));
    put(gateway.epoch == 2 && otakey_is_settled(&client) ? "rotated\n" : "rotation FAILED\n");
    put_number("bytes stack", peak);
}

int main(void)
{
    UART_BAUDDIV = 16;
    UART_CTRL = 1;
    SYSTICK_LOAD = SYSTICK_MAX;
    SYSTICK_VALUE = 0;
    SYSTICK_CTRL = 5;
    measure();
    put("end\n");
    for (;;) {
    }
}

/* RAM is zeros in the emulator, and there is no initialised data (the linker script sees to it). */
void reset_handler(void)
{
    (void)main();
}

struct vectors {
    const void *stack;
    void (*reset)(void);
};

__attribute__((used, section(".vectors"))) static const struct vectors vectors = {stack_top,
                                                                                  reset_handler};
