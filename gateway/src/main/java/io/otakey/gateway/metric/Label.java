package io.otakey.gateway.metric;

import java.util.List;

/**
 * What series of one meter differ in. Every label has a bounded number of values: a list of them,
 * or a number beyond which all others share {@link #OTHER}.
 */
public enum Label {
  /** What a frame asks for. */
  TYPE("type", "none", "enroll", "rotate", "confirm", "abandon", "poll"),
  /** The listener that a frame came by. */
  TRANSPORT("transport", "mqtt", "mqtts", "http", "https"),
  /** The answer to a frame, by its kind or its refusal. */
  ANSWER(
      "outcome",
      "grant",
      "grant_repeated",
      "ack",
      "notice",
      "malformed",
      "unsupported",
      "not_recognised",
      "refused",
      "already_enrolled",
      "unknown_device",
      "superseded",
      "busy",
      "internal",
      "platform_unavailable"),
  /** How a device came to a key. */
  COMMIT("kind", "enrolled", "rotated", "recovered"),
  /** The answer to a platform's question. */
  LOGIN("outcome", "allowed", "refused", "other_client", "unavailable"),
  /** Why a connection or a frame on it was not taken on. */
  TURNED_AWAY(
      "reason",
      "node_full",
      "source_connections",
      "source_rate",
      "source_frames",
      "mqtt_silent",
      "mqtts_silent",
      "http_silent",
      "https_silent"),
  /** What became of a push. */
  PUSHED("outcome", "sent", "stale", "left_out"),
  /** What there is only so much of. */
  RESOURCE(
      "resource", 250, "the table below; `batch_platform_` and a platform's id for its grants"),
  /** A queue of what is written or read together. */
  BATCH(
      "batch",
      200,
      "`enroll`, `read`, `write`, `counted` (writes of products with a quota), `journal`, and"
          + " `platform_` with a platform's id for its grants"),
  /** Why an input was not done. */
  UNDONE("reason", "full", "old", "tries", "closed", "failed"),
  /** A security event. */
  SECURITY("kind", "duplicate_device", "stale_key", "refused", "abandoned"),
  /** Why a device was refused, or gave a key up. */
  SECURITY_REASON(
      "reason",
      "none",
      "barred",
      "key_version",
      "window",
      "allow_list",
      "quota",
      "epochs_spent",
      "platform_unreachable",
      "platform_refused",
      "storage_failed",
      "not_acknowledged",
      "connection_unusable"),
  /** A webhook. */
  WEBHOOK("webhook", 100, "its id"),
  /** What became of a delivery. */
  DELIVERED("outcome", "delivered", "failed"),
  /** How webhooks are. */
  WEBHOOK_STATE("state", "delivering", "failing", "paused"),
  /** A platform. */
  PLATFORM("platform", 100, "its id; `none` where it is not known yet"),
  /** What a platform was asked. */
  OPERATION("operation", "prepare", "retire", "roll_back", "notify", "list", "check"),
  /** What became of a call. */
  CALLED("outcome", "answered", "failed"),
  /** What became of a message to a device through its platform. */
  NOTICED("outcome", "sent", "failed", "left_out"),
  /** What became of a message between nodes. */
  MESSAGE("outcome", "sent", "heard", "unreadable", "left_out"),
  /** What one node at a time does. */
  DUTY("duty", "campaigns", "platforms", "webhooks", "census", "audit"),
  /** Why devices are held off. */
  HELD("reason", "recovery", "journal"),
  /** What of the vault. */
  VAULT("kind", "root_secret", "allocation_secret", "gateway_key"),
  /** Whose certificate. */
  LISTENER("listener", "devices", "admin", "hook"),
  /** What a folder holds. */
  FOLDER("folder", "data", "journal"),
  /** An operation of the administration API. */
  API("operation", 200, "as in its contract"),
  /** The answer's HTTP status. */
  STATUS("status", 60, "three digits"),
  /** A product. */
  PRODUCT("product", 100, "its id; those with most devices where there are more"),
  /** A device's row. */
  DEVICE_STATE("state", "expected", "active", "blocked", "revoked", "removed"),
  /** Upper bound of an age, as of a histogram. */
  KEY_AGE(
      "le",
      "3600.0",
      "86400.0",
      "604800.0",
      "2592000.0",
      "7776000.0",
      "15552000.0",
      "31536000.0",
      "63072000.0",
      "+Inf"),
  /** Upper bound of an age, as of a histogram. */
  SILENCE("le", "3600.0", "86400.0", "604800.0", "2592000.0", "7776000.0", "+Inf"),
  /** What a device waits for. */
  AWAITING("reason", "re_enrollment", "abandon"),
  /** A campaign. */
  CAMPAIGN("campaign", 200, "its id; unfinished ones, and those that ended within a day"),
  /** How a campaign stands. */
  CAMPAIGN_STATE(
      "state",
      "planning",
      "waiting_for_approval",
      "denied",
      "ready",
      "running",
      "paused",
      "stopping",
      "stopped",
      "finished"),
  /** How far a campaign's device is. */
  MEMBER_STATE(
      "state", "queued", "notified", "confirmed", "failed", "rejected", "timed_out", "canceled"),
  /** A table of the database. */
  TABLE("table", "device", "event", "credential", "campaign_device"),
  /** The release. */
  VERSION("version", 4, "of the release"),
  /** The state of the sources. */
  COMMIT_ID("commit", 4, "of the sources, `unknown` if they had no history");

  /** What all values share that are too many. No id begins with an underscore. */
  public static final String OTHER = "_other";

  private final String key;

  @SuppressWarnings("ImmutableEnumChecker") // it is
  private final List<String> values;

  private final int most;
  private final String bound;

  Label(String key, String... values) {
    this.key = key;
    this.values = List.of(values);
    this.most = values.length;
    this.bound = "";
  }

  Label(String key, int most, String bound) {
    this.key = key;
    this.values = List.of();
    this.most = most;
    this.bound = bound;
  }

  /** As in a query. */
  public String key() {
    return key;
  }

  /** All values; empty if operators or the machine make them. */
  public List<String> listed() {
    return values;
  }

  /** How many values there can be, {@link #OTHER} not counted. */
  public int most() {
    return most;
  }

  /** What the values are that are not listed. */
  public String bound() {
    return bound;
  }
}
