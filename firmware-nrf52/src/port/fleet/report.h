/* What came of it: a table for people, and one JSON document. */
#ifndef FLEET_REPORT_H
#define FLEET_REPORT_H

#include <stdio.h>

#include "fleet.h"
#include "machine.h"

struct report {
    uint32_t enrolled, accepted, bricked, taken;
    uint32_t same_keys; /* devices whose key another device has, too */
    uint64_t rotations;
    uint64_t refused;
    double enrollments_a_second;    /* from the first power-on to the last enrollment */
    double p50, p99, most;          /* milliseconds from the intended power-on to the ACK */
    double cpu;                     /* milliseconds of this process for each device */
    double cpu_least;               /* of them for self-tests and for the curve */
    size_t bytes_each, device_each, flash_each; /* of memory */
    long peak_kib;                  /* of memory that the process really had */
};

/* False without memory for that. */
bool report_make(struct report *report, const struct fleet *fleet,
                 const struct machine *machine);

/* Every device ended with a key that is accepted, and that no other device has. */
bool report_is_good(const struct report *report, const struct fleet *fleet);

void report_print(const struct report *report, const struct fleet *fleet, FILE *file);
void report_print_json(const struct report *report, const struct fleet *fleet, FILE *file);

#endif
