/* What this machine's processor takes for what no device can do without; milliseconds. */
#ifndef FLEET_MACHINE_H
#define FLEET_MACHINE_H

struct machine {
    double self_test; /* at every power-on */
    double x25519;    /* three for every handshake */
};

/* Takes a few hundredths of a second. */
struct machine machine_measure(void);

#endif
