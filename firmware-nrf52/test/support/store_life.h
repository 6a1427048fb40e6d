/*
 * A device of which only the store is real, and a gateway that is one row and the rules of section
 * 6.5 as far as one device meets them. Checks at every step that
 *
 *   I1  the store presents a key that the gateway serves or commits, however marginal words read,
 *       or the gateway has no row and grants enrollment; and a device that once had a confirmed
 *       key presents a confirmed one (no fail-over of the gateway can take it back then);
 *   I2  a key that was superseded or wiped is never presented again, and nothing of it is left.
 */
#ifndef STORE_LIFE_H
#define STORE_LIFE_H

#include "sim_flash.h"

#define KEYS 24u       /* grants in one run, at most */
#define TOKEN_SIZE 15u /* as this gateway makes them */
#define CONNECTION_SIZE 22u

enum trouble {
    SMOOTH,
    UNFIT,         /* the first new key is given up */
    VERIFY,        /* a login comes first */
    REBOOT,        /* a power cycle between the store and the CONFIRM */
    UNFIT_REBOOT,
    TWO_LONE,      /* a second enrollment is granted before the first is confirmed */
    TWO_LONE_LATE, /* and the first was committed, its ACK lost */
    REPLACED,      /* and a third goes over the first; then a CONFIRM of the newest is lost */
};

struct store_life {
    struct sim_flash sim;
    struct otakey_store store;
    enum trouble trouble;
    int wanted; /* commits */
    bool stirred; /* the trouble took place */
    bool lost;    /* one CONFIRM was */

    /* The gateway: epoch and key of the row, and what it knows of each grant. */
    uint32_t epoch;
    uint32_t row;
    uint32_t keys;
    uint32_t key_epoch[KEYS];
    bool refused[KEYS]; /* abandoned, or answered with 7 */
    bool unfit[KEYS];
    int commits;

    /* What the device was told is over, and whether it ever had a confirmed key. */
    bool dead[KEYS];
    bool once_confirmed;
};

extern struct store_life store_life;
extern unsigned long store_life_views; /* readings of the store that were judged */

/* Judges the store in every way in which marginal words may read. */
void store_life_check(void);
void store_life_power_cycle(void);
/* Until the wanted commits took place and the device is at peace. */
void store_life_run(void);
/* The same; then marginal words get two more readings, and nothing may depend on them any more. */
void store_life_calm_down(void);

#endif
