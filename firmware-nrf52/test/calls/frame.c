/* What tools/calls.py must refuse. */
#include <stddef.h>

__attribute__((noinline)) static int sum(size_t size)
{
    volatile int numbers[size];
    int total = 0;
    for (size_t i = 0; i < size; i++) {
        numbers[i] = 1;
        total += numbers[i];
    }
    return total;
}

int main(void)
{
    volatile size_t size = 5;
    return sum(size);
}
