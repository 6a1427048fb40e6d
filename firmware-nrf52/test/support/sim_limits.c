#include "sim_limits.h"

#include "record.h"

unsigned sim_limits_keep(struct sim_flash *sim)
{
    unsigned kept = 0;
    for (int slot = 0; slot < OTAKEY_STORE_SLOTS; slot++) {
        uint32_t stored = record_markers(&sim->port, slot);
        if (stored != 0 && sim_flash_is_marginal(sim, slot, stored) &&
            sim_flash_is_marginal(sim, slot, stored + 1)) {
            sim_flash_settle(sim, slot, stored + 1);
            kept++;
        }
    }
    return kept;
}
