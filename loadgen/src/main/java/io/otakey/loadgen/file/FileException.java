package io.otakey.loadgen.file;

import java.util.List;

/** A file that cannot be used: all that is wrong with it. */
public final class FileException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  /**
   * One of them.
   *
   * @param line from 1
   * @param path of the value; empty: the whole file
   */
  public record Problem(int line, String path, String text) implements Comparable<Problem> {
    @Override
    public int compareTo(Problem other) {
      return Integer.compare(line, other.line);
    }

    @Override
    public String toString() {
      return "line " + line + ": " + (path.isEmpty() ? "" : path + " ") + text;
    }
  }

  FileException(List<Problem> problems) {
    super(String.join("\n", problems.stream().sorted().map(Problem::toString).toList()));
    this.problems = problems.stream().sorted().toList();
  }

  /** All of them, by line. */
  public List<Problem> problems() {
    return problems;
  }
}
