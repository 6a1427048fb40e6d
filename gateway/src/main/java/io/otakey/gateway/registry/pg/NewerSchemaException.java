package io.otakey.gateway.registry.pg;

/** The database was written by a newer gateway than this one. */
public final class NewerSchemaException extends DatabaseStartException {
  private static final long serialVersionUID = 1;

  NewerSchemaException(int found, int known) {
    super(
        "the database has schema version "
            + found
            + ", this gateway knows versions up to "
            + known
            + ": start a gateway at least as new as the one that last used this database,"
            + " or restore a backup made before the upgrade");
  }
}
