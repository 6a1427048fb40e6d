package io.otakey.gateway.admin;

import io.otakey.gateway.registry.AuditLog;
import io.otakey.gateway.registry.Product;
import io.otakey.gateway.registry.ProductKey;
import io.otakey.gateway.registry.ProductRegistry;
import io.otakey.gateway.vault.Vault;
import io.otakey.protocol.key.FrameKey;
import io.vertx.core.Future;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The only way for a product key to leave the gateway; audited before it does. */
final class BundleEndpoint {
  private static final long DEFAULT_PAGE = 0x0007_F000L;
  private static final long PAGE_SIZE = 4096;

  private final AdminConfig config;
  private final ProductRegistry products;
  private final AuditLog audit;
  private final Vault vault;

  BundleEndpoint(AdminConfig config, ProductRegistry products, AuditLog audit, Vault vault) {
    this.config = config;
    this.products = products;
    this.audit = audit;
    this.vault = vault;
  }

  void addTo(Map<String, Endpoint> endpoints) {
    endpoints.put("getBundle", this::get);
  }

  private record Wanted(
      BundleFormat format, OptionalLong keyVersion, List<String> addresses, long page) {}

  private Future<Reply> get(Call call) {
    Wanted wanted = read(call.query());
    return ProductEndpoints.require(products, call.productId())
        .compose(
            product -> {
              Bundle bundle = bundle(product, wanted);
              return audit
                  .append(
                      call.caller().actor(),
                      "bundle.get",
                      Optional.of(product.id()),
                      Optional.empty(),
                      "key version "
                          + bundle.productKeyVersion()
                          + " as "
                          + Names.of(wanted.format()))
                  .map(audited -> reply(bundle, wanted));
            });
  }

  private Wanted read(Query query) {
    BundleFormat format = query.choice("format", BundleFormat.class).orElse(BundleFormat.JSON);
    List<String> addresses =
        List.copyOf(query.all("gatewayAddress", Bundle.MAX_ADDRESSES, text -> true, ""));
    if (addresses.isEmpty()) {
      addresses = config.gatewayAddresses();
    }
    Bundle.checkAddresses("gatewayAddress", addresses, query.faults());
    Wanted wanted = new Wanted(format, query.integer("keyVersion", 1, 255), addresses, page(query));
    query.check();
    return wanted;
  }

  private static long page(Query query) {
    Optional<String> text = query.text("pageAddress", 12);
    if (text.isEmpty()) {
      return DEFAULT_PAGE;
    }
    try {
      long page = Long.decode(text.get());
      if (page >= 0 && page <= 0xffff_f000L && page % PAGE_SIZE == 0) {
        return page;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    query.fault("pageAddress must be a multiple of " + PAGE_SIZE + " below 2^32, as 0x0007F000");
    return DEFAULT_PAGE;
  }

  private Bundle bundle(Product product, Wanted wanted) {
    ProductKey version =
        wanted.keyVersion().isPresent()
            ? product
                .key((int) wanted.keyVersion().getAsLong())
                .orElseThrow(() -> noKey(product, "this key version").exception())
            : product.keys().stream()
                .filter(key -> !key.retired())
                .max(Comparator.comparingInt(ProductKey::version))
                .orElseThrow(() -> noKey(product, "a key version to use").exception());
    FrameKey key =
        vault
            .productKey(product.id(), version.version(), version.source())
            .orElseThrow(() -> lost(version).exception());
    return new Bundle(
        product.id(), version.version(), key.secret(), vault.gatewayKeys(), wanted.addresses());
  }

  private static Problem noKey(Product product, String what) {
    return Problem.of(
        Problem.Kind.CONFLICT,
        "product '" + product.id() + "' does not have " + what + ": add one first");
  }

  private static Problem lost(ProductKey version) {
    return Problem.of(
        Problem.Kind.CONFLICT,
        "the vault does not hold the root secret of key version "
            + version.version()
            + ": restore the vault from its backup, or add a new key version");
  }

  private static Reply reply(Bundle bundle, Wanted wanted) {
    byte[] body = wanted.format().write(bundle, wanted.page());
    return Reply.of(200, wanted.format().mediaType(), body)
        .header("Cache-Control", "no-store")
        .header(
            "Content-Disposition",
            "attachment; filename=\"" + wanted.format().fileName(bundle) + "\"");
  }
}
