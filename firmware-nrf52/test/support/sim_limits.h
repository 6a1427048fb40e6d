/* The one limit of flash that the four marker words of a record cannot heal. */
#ifndef SIM_LIMITS_H
#define SIM_LIMITS_H

#include "sim_flash.h"

/*
 * To be called after a power cut. Both STORED words at their limit at once are more than two words
 * can heal (docs/protocol.md, section 10): STORED2 makes up its mind. Returns how often it had to.
 */
unsigned sim_limits_keep(struct sim_flash *sim);

#endif
