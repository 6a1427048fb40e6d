package io.otakey.gateway.admin;

import io.otakey.gateway.registry.DeviceFilter;
import io.otakey.gateway.registry.LabelFilter;
import io.otakey.gateway.registry.LabelFilter.Condition;
import io.otakey.gateway.registry.Labels;
import io.otakey.protocol.key.RowStatus;
import io.otakey.protocol.wire.DeviceRef;
import io.otakey.protocol.wire.KeyRef;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** The conditions of a list or export, narrowed to what the caller may see. */
final class DeviceQuery {
  private static final int MAX_PRODUCTS = 1000;
  private static final int MAX_FIRMWARE = 32;
  private static final Set<String> STATUSES =
      Arrays.stream(RowStatus.values())
          .filter(status -> status != RowStatus.NONE)
          .map(Names::of)
          .collect(Collectors.toUnmodifiableSet());

  private DeviceQuery() {}

  /** The filter; its faults are in the query. */
  static DeviceFilter filter(Query query, Caller caller) {
    Set<RowStatus> statuses =
        query
            .all(
                "status", 5, STATUSES::contains, "be one of " + STATUSES.stream().sorted().toList())
            .stream()
            .flatMap(text -> Names.find(RowStatus.class, text).stream())
            .collect(Collectors.toUnmodifiableSet());
    OptionalLong connection = query.integer("connectionId", 0, 65_535);
    return new DeviceFilter(
        products(query, caller),
        statuses,
        query.integer("minEpoch", 0, KeyRef.MAX_EPOCH + 1).orElse(0),
        query.integer("maxEpoch", 0, KeyRef.MAX_EPOCH + 1).orElse(KeyRef.MAX_EPOCH + 1),
        query.text("idPrefix", DeviceRef.MAX_DEVICE_ID).orElse(""),
        query.text("firmware", MAX_FIRMWARE),
        connection.isPresent() ? OptionalInt.of((int) connection.getAsLong()) : OptionalInt.empty(),
        query.time("notSeenSince"),
        labels(query));
  }

  private static LabelFilter labels(Query query) {
    Set<String> conditions =
        query.all(
            "label",
            LabelFilter.MOST,
            text -> Condition.parse(text).isPresent(),
            "be of the form " + LabelFilter.FORMS);
    Set<String> groups =
        query.all("group", LabelFilter.MOST, Labels::isGroup, "match [A-Za-z0-9._/-]{1,57}");
    return query.faults().isEmpty()
        ? LabelFilter.of(List.copyOf(conditions), groups)
        : LabelFilter.ALL;
  }

  /** The products asked for, or all that the caller sees; empty = all there are. */
  static Set<String> products(Query query, Caller caller) {
    Set<String> asked =
        query.all("product", MAX_PRODUCTS, DeviceRef::isProductId, "match [a-z0-9][a-z0-9-]{0,31}");
    asked.forEach(id -> Gate.requireProduct(caller, id));
    return asked.isEmpty() ? caller.products() : asked;
  }

  /** The last device of the page before, as {@code product/device}. */
  static Optional<DeviceRef> after(Query query) {
    Optional<String> text =
        query.text("after", DeviceRef.MAX_PRODUCT_ID + 1 + DeviceRef.MAX_DEVICE_ID);
    Optional<DeviceRef> after = text.flatMap(DeviceQuery::parse);
    if (text.isPresent() && after.isEmpty()) {
      query.fault("after must be the 'next' of the page before");
    }
    return after;
  }

  private static Optional<DeviceRef> parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return Optional.empty();
    }
    String product = text.substring(0, slash);
    String device = text.substring(slash + 1);
    return DeviceRef.isProductId(product) && DeviceRef.isDeviceId(device)
        ? Optional.of(new DeviceRef(product, device))
        : Optional.empty();
  }
}
