/*
 * The factory bundle: one flash page of fixed layout that makes an image that of one product
 * (docs/operations.md, "Bundles for the factory"; `otakey admin product bundle --format hex`).
 */
#ifndef OTAKEY_BUNDLE_H
#define OTAKEY_BUNDLE_H

#include "otakey/client.h"

#define OTAKEY_BUNDLE_SIZE 348u     /* bytes of the page that are used */
#define OTAKEY_GATEWAY_NAME_MAX 64u /* bytes of a gateway's DNS name or IP address */

/*
 * Reads the page that stands at `page_address` of the flash. Fills of `firmware` the product id,
 * the keys and the counts, and the gateway addresses; texts point into the page, which has to
 * stay. The rest of `firmware` is the caller's. OTAKEY_E_MALFORMED if that is no bundle, a damaged
 * one, or one for another place: nothing is filled then.
 */
int otakey_bundle_read(struct otakey_firmware *firmware,
                       struct otakey_span gateways[OTAKEY_GATEWAYS_MAX],
                       const uint8_t page[OTAKEY_BUNDLE_SIZE], uint32_t page_address);

#endif
