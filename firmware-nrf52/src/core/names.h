/* The forms of names (section 3). */
#ifndef OTAKEY_NAMES_H
#define OTAKEY_NAMES_H

#include <stdbool.h>

#include "otakey/types.h"

/* [a-z0-9][a-z0-9-]{0,31}: product ids and platform ids. */
bool otakey_is_product_id(struct otakey_span text);

/* [A-Za-z0-9][A-Za-z0-9._:-]{0,63} */
bool otakey_is_device_id(struct otakey_span text);

#endif
