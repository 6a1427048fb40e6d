/* All that tests need: CHECK stops at the first failure, finish() prints how many checks passed. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

extern unsigned long checks_passed;

#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                                \
        }                                                                           \
        checks_passed++;                                                            \
    } while (0)

int finish(const char *what);

#endif
