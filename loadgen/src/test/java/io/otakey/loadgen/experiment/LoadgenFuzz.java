package io.otakey.loadgen.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import io.otakey.loadgen.device.Bundle;
import io.otakey.loadgen.device.BundleException;
import io.otakey.loadgen.file.FileException;
import io.otakey.loadgen.file.RecordReader;
import io.otakey.loadgen.file.Scale;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.protocol.fuzz.FuzzTarget;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the load generator reads: bundles, experiments, and what its processes say to each other.
 */
public final class LoadgenFuzz implements FuzzTarget.Suite {
  private static final String BUNDLE =
      """
      {"format":"otakey-bundle/1","productId":"thermo","productKeyVersion":1,"productKey":"%s",\
      "gatewayKeys":[{"id":1,"publicKey":"%s"}],"gatewayAddresses":["gw.example"]}"""
          .formatted("0a".repeat(32), "0b".repeat(32));

  @Override
  public List<FuzzTarget> targets() {
    return List.of(
        new FuzzTarget("bundle", 3000, FuzzTarget.texts(BUNDLE), LoadgenFuzz::bundle),
        new FuzzTarget("experiment", 150, experiments(), LoadgenFuzz::experiment),
        FuzzTarget.of(
            "assertion",
            FuzzTarget.texts("bricked == 0", "p99 < 2.5s", "enrolled == devices", "bytes <= 1_0KB"),
            LoadgenFuzz::assertion),
        FuzzTarget.of(
            "endpoint",
            FuzzTarget.texts("127.0.0.1:1883", "[::1]:8080", "host.example:1"),
            bytes ->
                Endpoint.parse(text(bytes))
                    .ifPresent(at -> assertThat(Endpoint.parse(at.toString())).contains(at))),
        FuzzTarget.of("shard-order", List.of(order()), LoadgenFuzz::order));
  }

  private static List<byte[]> experiments() {
    Path folder = Path.of(System.getProperty("otakey.root"), "loadgen", "experiments");
    try (Stream<Path> files = Files.list(folder)) {
      List<byte[]> texts = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        texts.add(Files.readAllBytes(file));
      }
      return texts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void bundle(byte[] bytes) {
    try {
      assertThat(Bundle.parse(text(bytes)).gatewayAddresses()).hasSizeBetween(1, 2);
    } catch (BundleException e) {
      assertThat(e.getMessage()).isNotBlank().doesNotContain("0a0a0a0a");
    }
  }

  private static void experiment(byte[] bytes) {
    try {
      assertThat(RecordReader.read(Experiment.class, text(bytes), Scale.SMALL)).isNotNull();
    } catch (FileException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  private static void assertion(byte[] bytes) {
    try {
      assertThat(Assertion.parse(text(bytes))).isNotNull();
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  private static byte[] order() {
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    try {
      new ShardLine.Order(
              "name: x",
              "small",
              1.5,
              0,
              2,
              "a-",
              new Stage(List.of(), java.util.Map.of("p", BUNDLE)))
          .write(new java.io.DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void order(byte[] bytes) {
    try {
      ShardLine.Order.read(new DataInputStream(new ByteArrayInputStream(bytes)));
    } catch (IOException e) {
      // The other side's process has failed, or is none of ours.
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
