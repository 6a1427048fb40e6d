package io.otakey.gateway.config;

import java.util.List;

/** Settings that cannot be used; holds every problem there is. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  ConfigException(List<String> problems) {
    super(
        problems.size()
            + (problems.size() == 1 ? " problem" : " problems")
            + " with the configuration:\n  - "
            + String.join("\n  - ", problems));
    this.problems = List.copyOf(problems);
  }

  /** One sentence each, naming setting, fault and remedy. */
  public List<String> problems() {
    return problems;
  }
}
