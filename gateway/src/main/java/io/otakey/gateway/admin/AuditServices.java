package io.otakey.gateway.admin;

import io.otakey.gateway.audit.Chain;
import io.otakey.gateway.audit.ChainLedger;

/** The audit log's chain, and what tells whether it holds. */
public record AuditServices(ChainLedger ledger, Chain chain) {}
