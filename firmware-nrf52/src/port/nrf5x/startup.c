/* Vector table and the way to main(): data copied, bss zeroed, .noinit left as it is. */
#include "board.h"
#include "regs.h"

#define STACK_PAINT 0xc0dec0deu

extern uint32_t stack_top[], stack_limit[], stack_in_use[];
extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[];

int main(void);
void reset_handler(void);

void fault_handler(void)
{
    SCB_AIRCR = SCB_RESET;
    for (;;) {
    }
}

/* Its own few words of stack are left out of what is painted. */
__attribute__((noreturn)) void reset_handler(void)
{
    for (uint32_t *word = stack_limit; word < stack_in_use; word++) {
        *word = STACK_PAINT; /* what is overwritten later was used: the measured peak */
    }
    for (uint32_t *from = data_load, *to = data_start; to < data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *word = bss_start; word < bss_end; word++) {
        *word = 0;
    }
    (void)main();
    fault_handler();
    for (;;) {
    }
}

struct vectors {
    const void *stack;
    void (*handler[16 + TIMER0_IRQ])(void);
};

#define PERIPHERAL(irq) [15 + (irq)]

/* Reset, NMI, hard fault and so on; then the peripherals, up to the last that is switched on. */
__attribute__((used, section(".vectors"))) static const struct vectors vectors = {
    stack_top,
    {[0] = reset_handler,
     [1 ... 14 + UART_IRQ] = fault_handler,
     PERIPHERAL(UART_IRQ) = uart_handler,
     [16 + UART_IRQ ... 14 + TIMER0_IRQ] = fault_handler,
     PERIPHERAL(TIMER0_IRQ) = timer_handler}};
