#define _POSIX_C_SOURCE 200809L
#include "machine.h"

#include <stdint.h>
#include <time.h>

#include "otakey/crypto.h"

#define TIMES 16

static double cpu_millis(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

struct machine machine_measure(void)
{
    uint8_t key[OTAKEY_KEY_SIZE] = {9};
    double begin = cpu_millis();
    for (int i = 0; i < TIMES; i++) {
        (void)otakey_crypto_selftest();
    }
    double tested = cpu_millis();
    for (int i = 0; i < TIMES; i++) {
        (void)otakey_x25519(key, key, NULL);
    }
    return (struct machine){(tested - begin) / TIMES, (cpu_millis() - tested) / TIMES};
}
