package io.otakey.gateway.audit;

import io.otakey.gateway.audit.Seals.Seal;
import io.otakey.gateway.registry.AuditLog.Entry;

/** An entry as it is stored, with its seal. */
public record ChainRow(Entry entry, Seal seal) {}
