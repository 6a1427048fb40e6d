package io.otakey.gateway.metric;

/** Every meter of the gateway by name, and the tags that go with them. */
public final class MeterNames {
  /** Inputs per batch; tag {@link #BATCH}. */
  public static final String BATCH_SIZE = "otakey.batch.size";

  /** How long a batch's oldest input waited before it ran; tag {@link #BATCH}. */
  public static final String BATCH_WAIT = "otakey.batch.wait";

  /** How long a batch ran; tag {@link #BATCH}. */
  public static final String BATCH_EXECUTE = "otakey.batch.execute";

  /** Inputs refused or given up; tags {@link #BATCH} and {@link #REASON}. */
  public static final String BATCH_REFUSED = "otakey.batch.refused";

  /** Inputs waiting now; tag {@link #BATCH}. */
  public static final String BATCH_QUEUED = "otakey.batch.queued";

  /** Observations dropped because too many wait. */
  public static final String OBSERVATIONS_DROPPED = "otakey.observations.dropped";

  /** Tag: which batcher. */
  public static final String BATCH = "batch";

  /** Tag: why. */
  public static final String REASON = "reason";

  private MeterNames() {}
}
