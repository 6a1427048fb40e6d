/* A device's whole life in parts; each ends whatever happened before: power may fail anywhere. */
#ifndef SIM_LIFE_H
#define SIM_LIFE_H

/* Enrolls, rotates, moves, is refused by a platform and stays, rotates again. */
#define LIFE_PARTS 5
extern void (*const life[LIFE_PARTS])(void);

void enrolls(void);
void rotates(void);
/* The record that the gateway's row names is the current one. */
void row_is_held(void);
/* All parts. */
void live(void);

#endif
