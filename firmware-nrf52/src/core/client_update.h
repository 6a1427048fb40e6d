/* What the two halves of the update mode share: client_update.c acts, client_verdict.c decides. */
#ifndef OTAKEY_CLIENT_UPDATE_H
#define OTAKEY_CLIENT_UPDATE_H

#include "client_core.h"

enum stage {
    VERIFY,
    CONFIRM,
    PROBE, /* POLL under the confirmed record, because the gateway does not know the stored one */
    ABANDON,
    REPLACE /* ROTATE under the newest record, or ENROLL; the grant goes over the older record */
};

/* What the confirmed record's POLL said. */
enum probe {
    NOT_PROBED,
    GIVE_UP,    /* served, or superseded */
    NOT_KNOWN   /* the gateway does not know the confirmed record either */
};

void update_stage_to(struct otakey_client *client, enum stage stage);
/* Whatever was tried is over: back to CONFIRM. */
void update_to_confirm(struct otakey_client *client);
/* ABANDON the stored record; without a confirmed one go on with CONFIRM. */
void update_give_up(struct otakey_client *client, enum otakey_reason reason);
/* Another grant over the older record: ROTATE under the key of `base`. */
void update_replace_by(struct otakey_client *client, int base);
void update_replace_by_enrollment(struct otakey_client *client, uint64_t now);
/* Leaves REPLACE for CONFIRM after an answer, or after enough tries without. */
void update_leave_replace_if(struct otakey_client *client, bool answered);
/* Two stored records are confirmed in turn. */
void update_alternate(struct otakey_client *client);

#endif
