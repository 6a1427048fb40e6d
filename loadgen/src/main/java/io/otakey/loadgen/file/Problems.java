package io.otakey.loadgen.file;

/** Where a record says what is wrong between its components. */
public interface Problems {
  /**
   * One more.
   *
   * @param path of the value, from the record: {@code rate}, {@code phases[1].to}
   * @param text what is wrong and what to do, as goes on after the path
   */
  void at(String path, String text);

  /** What a record may implement. */
  interface Checked {
    /** Says what is wrong between components that are right one by one. */
    void check(Problems problems);
  }
}
