package io.otakey.gateway.census;

import io.otakey.gateway.registry.DutyLedger;
import io.vertx.core.Future;
import java.util.List;

/** Where the fleet is counted. */
public interface CensusLedger extends DutyLedger {
  /**
   * Everything, now. Reads every device once, with no more than one process of the database;
   * changes nothing and waits for no lock.
   */
  Future<List<Reading>> count();
}
