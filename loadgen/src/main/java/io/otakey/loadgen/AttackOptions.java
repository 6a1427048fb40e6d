package io.otakey.loadgen;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** What every attack on a gateway of one's own takes. */
final class AttackOptions {
  @Option(names = "--seconds", description = "How long (${DEFAULT-VALUE}).")
  private int seconds = 10;

  @Option(names = "--source-addresses", split = ",", description = "Local addresses in turn.")
  private List<String> sources = new ArrayList<>();

  @Option(names = "--json", description = "One line of JSON.")
  private boolean json;

  int seconds() {
    return seconds;
  }

  List<String> sources() {
    return sources;
  }

  boolean json() {
    return json;
  }

  void check(List<String> problems) {
    OptionProblems.check(seconds >= 1, "--seconds must be at least 1", problems);
  }
}
