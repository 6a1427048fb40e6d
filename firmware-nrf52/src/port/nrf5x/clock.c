/* TIMER0 counts tens of milliseconds. A product on a battery would use an RTC instead. */
#include "board.h"
#include "regs.h"

#define TICK 10u /* ms */
#define MICROSECONDS 4u /* prescaler: 16 MHz to 1 MHz */
#define BITS_32 3u
#define WATCHDOG_CLOCK 32768u

static volatile uint32_t ticks, ticks_high;

void timer_handler(void)
{
    TIMER0_COMPARE0 = 0;
    (void)TIMER0_COMPARE0; /* it is cleared before the handler ends */
    ticks++;
    ticks_high += ticks == 0;
}

uint64_t clock_now(void)
{
    uint32_t high;
    uint32_t low;
    do {
        high = ticks_high;
        low = ticks;
    } while (high != ticks_high);
    return ((uint64_t)high << 32 | low) * TICK;
}

void clock_init(void)
{
    TIMER0_MODE = 0;
    TIMER0_BITMODE = BITS_32;
    TIMER0_PRESCALER = MICROSECONDS;
    TIMER0_CC0 = TICK * 1000u;
    TIMER0_SHORTS = TIMER_COMPARE0_CLEAR;
    TIMER0_INTENSET = TIMER_INT_COMPARE0;
    NVIC_ISER0 = 1u << TIMER0_IRQ;
    TIMER0_START = 1;
    WDT_CRV = 8u * WATCHDOG_CLOCK;
    WDT_RREN = 1;
    WDT_START = 1;
}

void watchdog_feed(void)
{
    WDT_RR0 = WDT_RELOAD;
}
