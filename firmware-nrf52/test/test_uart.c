/*
 * The UART's driver: its ring buffer and its waiting. It writes the registers of a simulated UART;
 * the emulated chips of `make e2e` use the real ones, where nothing ever overruns.
 */
#include <string.h>

#include "sim_uart.h"

static struct otakey_stream stream;

static uint8_t nth(size_t i)
{
    return (uint8_t)(i * 7 + i / 256);
}

static void begin(void)
{
    sim_uart_reset();
    uart_init(&stream);
    CHECK(stream.open(stream.context, 0) == 0 && !uart_has_input());
}

/* Reads until there is nothing, so many bytes at a time; what comes is what was sent from `first`. */
static size_t read_all(size_t first, size_t at_once)
{
    uint8_t bytes[64];
    size_t count = 0;
    int got;
    while ((got = stream.read(stream.context, bytes, at_once)) > 0) {
        for (size_t i = 0; i < (size_t)got; i++) {
            CHECK(bytes[i] == nth(first + count + i));
        }
        count += (size_t)got;
    }
    CHECK(got == 0 && !uart_has_input());
    return count;
}

static void comes_in_any_pieces(unsigned every, size_t at_once, size_t burst)
{
    begin();
    size_t came = 0;
    for (size_t i = 0; i < 3000; i++) {
        sim_uart_arrives(nth(i), every);
        if (i % burst == burst - 1) {
            sim_uart_interrupt();
            CHECK(uart_has_input());
            came += read_all(came, at_once);
        }
    }
    sim_uart_interrupt();
    CHECK(came + read_all(came, at_once) == 3000 && sim_uart.overrun == 0);
}

static void input(void)
{
    for (unsigned every = 1; every <= SIM_UART_FIFO; every++) {
        for (size_t at_once = 1; at_once <= 64; at_once += 9) {
            comes_in_any_pieces(every, at_once, 1);
            comes_in_any_pieces(every, at_once, 100);
            comes_in_any_pieces(every, at_once, SIM_UART_RING);
        }
    }
}

/* The oldest are kept: what is lost is the end of a frame, whose check fails. */
static void more_than_the_ring_holds(void)
{
    begin();
    for (size_t i = 0; i < SIM_UART_RING + 100; i++) {
        sim_uart_arrives(nth(i), 1);
    }
    CHECK(read_all(0, 64) == SIM_UART_RING);
    for (size_t i = 0; i < 10; i++) {
        sim_uart_arrives(nth(i), 1);
    }
    CHECK(read_all(0, 64) == 10);
}

static void a_new_conversation_begins_with_nothing(void)
{
    begin();
    for (size_t i = 0; i < 20; i++) {
        sim_uart_arrives(0xee, 1);
    }
    CHECK(stream.open(stream.context, 1) == 0 && !uart_has_input());
    sim_uart_arrives(nth(0), 1);
    CHECK(read_all(0, 64) == 1);
}

static size_t give(const uint8_t *bytes, size_t size)
{
    int given = stream.write(stream.context, bytes, size);
    CHECK(given >= 0 && (size_t)given <= size);
    return (size_t)given;
}

static void output(void)
{
    uint8_t bytes[1000];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = nth(i);
    }
    begin();
    size_t given = 0;
    for (size_t piece = 1; given < sizeof bytes; piece++) {
        size_t size = piece < sizeof bytes - given ? piece : sizeof bytes - given;
        CHECK(give(bytes + given, size) == size);
        given += size;
    }
    sim_uart_rest();
    CHECK(sim_uart.size == sizeof bytes && memcmp(sim_uart.sent, bytes, sizeof bytes) == 0);
    CHECK(sim_uart.trampled == 0);
}

/* Held by CTS it takes what fits, says so, and loses nothing. */
static void one_that_is_held(void)
{
    const uint8_t bytes[] = {1, 2, 3, 4, 5};
    begin();
    sim_uart.held = true;
    size_t given = give(bytes, sizeof bytes);
    CHECK(given == 1);
    CHECK(give(bytes + given, sizeof bytes - given) == 0);
    sim_uart.held = false;
    CHECK(give(bytes + given, sizeof bytes - given) == sizeof bytes - given);
    sim_uart_rest();
    CHECK(sim_uart.size == sizeof bytes && memcmp(sim_uart.sent, bytes, sizeof bytes) == 0);
    CHECK(sim_uart.trampled == 0);
}

int main(void)
{
    input();
    more_than_the_ring_holds();
    a_new_conversation_begins_with_nothing();
    output();
    one_that_is_held();
    return finish("uart");
}
