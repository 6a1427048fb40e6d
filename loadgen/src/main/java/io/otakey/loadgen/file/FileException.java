package io.otakey.loadgen.file;

import java.util.List;

/** A file that cannot be used: all that is wrong with it. */
public final class FileException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;
  private final boolean looked;

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

  /**
   * @param looked whether the parts were also looked at together
   */
  FileException(List<Problem> problems, boolean looked) {
    super(String.join("\n", problems.stream().sorted().map(Problem::toString).toList()));
    this.problems = problems.stream().sorted().toList();
    this.looked = looked;
  }

  /** Whether how the parts go together was looked at, too: only once each is right by itself. */
  public boolean isAll() {
    return looked;
  }

  /** All of them, by line. */
  public List<Problem> problems() {
    return problems;
  }
}
