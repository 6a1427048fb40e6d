package io.otakey.gateway.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What groups of subcommands share: picocli sets the fields before a command runs. */
abstract class AdminGroup {
  @ParentCommand private @Nullable AdminCommand parent;
  @Spec private @Nullable CommandSpec spec;

  int call(AdminCommand.Action action) {
    return Objects.requireNonNull(parent).run(action);
  }

  CommandSpec spec() {
    return Objects.requireNonNull(spec);
  }
}
