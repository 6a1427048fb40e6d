package io.otakey.protocol.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * One parser, and what holds of it for every input.
 *
 * @param name unique in its suite; also the folder of its corpus
 * @param executions of the bounded run: about half a second's
 * @param seeds to begin with
 * @param check ends normally for what is accepted and for what is refused as declared
 */
public record FuzzTarget(String name, int executions, List<byte[]> seeds, Check check) {
  /** What the bounded run has for most parsers. */
  public static final int USUAL = 20_000;

  /** Feeds a parser; whatever it throws is a fault of the parser, or of what it accepted. */
  @FunctionalInterface
  public interface Check {
    /** One input; it may not be changed. */
    void accept(byte[] input) throws Exception;
  }

  /** Targets that belong together; their class has a public constructor without parameters. */
  public interface Suite {
    /** All of them. */
    List<FuzzTarget> targets();
  }

  /** A target of the usual size. */
  public static FuzzTarget of(String name, List<byte[]> seeds, Check check) {
    return new FuzzTarget(name, USUAL, seeds, check);
  }

  /** Texts as seeds. */
  public static List<byte[]> texts(String... texts) {
    return Stream.of(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
  }
}
