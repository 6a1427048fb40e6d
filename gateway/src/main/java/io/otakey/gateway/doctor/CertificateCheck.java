package io.otakey.gateway.doctor;

import io.otakey.gateway.config.GatewayConfig;
import io.otakey.gateway.tls.Authorities;
import io.otakey.gateway.tls.CertificateChain;
import io.otakey.gateway.tls.PemFiles;
import io.otakey.gateway.tls.TlsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What TLS listeners show. */
final class CertificateCheck {
  private static final Duration SOON = Duration.ofDays(30);

  private CertificateCheck() {}

  static List<Finding> look(GatewayConfig config, Instant now) {
    List<Finding> findings = new ArrayList<>();
    if (config.mqtts().enabled() || config.https().enabled()) {
      findings.addAll(devices(config, now));
    }
    config.admin().tls().ifPresent(files -> findings.addAll(files("admin.tls", files, now)));
    config
        .hook()
        .tls()
        .filter(files -> config.hook().enabled())
        .ifPresent(files -> findings.addAll(files("hook.tls", files, now)));
    return findings;
  }

  private static List<Finding> devices(GatewayConfig config, Instant now) {
    try {
      Optional<CertificateChain> chain = CertificateChain.read(config.tls());
      List<Finding> findings = new ArrayList<>();
      findings.add(
          chain
              .map(found -> judge("tls", found, now))
              .orElseGet(() -> Finding.ok("tls", "a certificate is made at the first start")));
      config
          .tls()
          .key()
          .or(() -> config.tls().keyStore())
          .ifPresent(key -> secrecy("tls", key).ifPresent(findings::add));
      config.tls().clientCa().ifPresent(file -> findings.addAll(authorities("tls", file, now)));
      return findings;
    } catch (TlsException e) {
      return List.of(
          Finding.fault("tls", String.valueOf(e.getMessage()), "check the settings tls.*"));
    }
  }

  static List<Finding> files(String check, PemFiles files, Instant now) {
    try {
      List<Finding> findings = new ArrayList<>();
      findings.add(judge(check, CertificateChain.read(files.certificate(), files.key()), now));
      secrecy(check, files.key()).ifPresent(findings::add);
      files.clientCa().ifPresent(file -> findings.addAll(authorities(check, file, now)));
      return findings;
    } catch (TlsException e) {
      return List.of(
          Finding.fault(
              check, String.valueOf(e.getMessage()), "check " + check + ".certificate and .key"));
    }
  }

  /** Those whose certificates clients have to show. */
  static List<Finding> authorities(String check, Path file, Instant now) {
    try {
      Authorities authorities = Authorities.read(file);
      return Stream.concat(
              authorities.certificates().stream().map(one -> authority(check, one, now)),
              authorities.lists().stream().map(list -> revoked(check, list, now)))
          .toList();
    } catch (TlsException e) {
      return List.of(
          Finding.fault(check, String.valueOf(e.getMessage()), "check " + check + ".clientCa"));
    }
  }

  private static Finding authority(String check, X509Certificate authority, Instant now) {
    Instant ends = authority.getNotAfter().toInstant();
    String text =
        "authority of clients " + authority.getSubjectX500Principal().getName() + " until " + ends;
    Duration left = Duration.between(now, ends);
    if (left.isNegative()) {
      return Finding.fault(
          check, text + ": it has expired, and nobody who relies on it gets in", "renew it");
    }
    return left.compareTo(SOON) < 0
        ? Finding.warning(check, text, "add the next one to the file before that")
        : Finding.ok(check, text);
  }

  private static Finding revoked(String check, X509CRL list, Instant now) {
    Set<?> entries = Optional.<Set<?>>ofNullable(list.getRevokedCertificates()).orElse(Set.of());
    String text =
        "list of "
            + entries.size()
            + " certificates that "
            + list.getIssuerX500Principal().getName()
            + " revoked";
    Date next = list.getNextUpdate();
    return next != null && next.toInstant().isBefore(now)
        ? Finding.warning(
            check, text + ", a newer one was due " + next.toInstant(), "put that into the file")
        : Finding.ok(check, text);
  }

  /** The worst of it. */
  static Finding judge(String check, CertificateChain chain, Instant now) {
    X509Certificate own = chain.certificates().get(0);
    String text =
        own.getSubjectX500Principal().getName()
            + ", "
            + chain.certificates().size()
            + (chain.certificates().size() == 1 ? " certificate" : " certificates")
            + " until "
            + chain.expires();
    if (!chain.keyMatches()) {
      return Finding.fault(
          check,
          text + ": the key is not the first certificate's",
          "configure the pair that belongs together; the server's own certificate comes first");
    }
    Optional<Integer> broken = chain.brokenAt();
    if (broken.isPresent()) {
      return Finding.fault(
          check,
          text + ": number " + broken.get() + " of the chain was not issued by the next",
          "put the server's own certificate first, then its issuer, and so on");
    }
    if (now.isBefore(chain.begins())) {
      return Finding.fault(
          check, text + ": not valid before " + chain.begins(), "check the clock, or wait");
    }
    Duration left = Duration.between(now, chain.expires());
    if (left.isNegative()) {
      return Finding.fault(check, text + ": it has expired", "renew it");
    }
    String days = text + ", " + left.toDays() + " days left";
    return left.compareTo(SOON) < 0
        ? Finding.warning(check, days, "renew it: a running gateway takes the new files over")
        : Finding.ok(check, days);
  }

  private static Optional<Finding> secrecy(String check, Path key) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(key);
      return permissions.contains(PosixFilePermission.OTHERS_READ)
          ? Optional.of(Finding.warning(check, key + ": everybody can read it", "chmod 600 " + key))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.of(Finding.unknown(check, key + " cannot be looked at: " + e.getMessage()));
    }
  }
}
