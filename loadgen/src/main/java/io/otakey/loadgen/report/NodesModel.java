package io.otakey.loadgen.report;

import io.otakey.loadgen.report.Html.Cell;
import io.otakey.loadgen.stats.Trial;
import java.util.ArrayList;
import java.util.List;

/**
 * What nodes on machines of their own would do, computed from what an operation costs with as many
 * nodes as were run: nodes add up until the database's cores are full.
 */
final class NodesModel {
  private static final int CORES = 4;
  private static final int[] NODES = {1, 2, 4, 8};

  private NodesModel() {}

  static void add(Html html, Trial trial) {
    if (!"nodes".equals(trial.varied())) {
      return;
    }
    Trial.Point most = trial.points().get(trial.points().size() - 1);
    List<List<Cell>> rows = new ArrayList<>();
    for (Trial.Phase phase : most.phases()) {
      Double gateway = most.figures().get(phase.name() + ".gateway-cpu");
      Double database = most.figures().get(phase.name() + ".database-cpu");
      if (gateway != null && database != null && gateway > 0 && database > 0) {
        rows.add(row(phase.name(), gateway, database));
      }
    }
    if (rows.isEmpty()) {
      return;
    }
    html.subheading("Beyond this machine: computed, not measured");
    html.paragraph(
        "",
        Html.format(
            "Operations a second if every node and the database had a machine of %d such cores for"
                + " itself: nodes times cores divided by the gateway's CPU for an operation, and"
                + " never more than the database's cores divided by its own. CPU is that of the run"
                + " with %s. Disks, the network and replication are not in it.",
            CORES, most.label()));
    List<String> heads = new ArrayList<>(List.of("operation", "gateway CPU", "database CPU"));
    for (int nodes : NODES) {
      heads.add(nodes == 1 ? "1 node" : nodes + " nodes");
    }
    heads.add("database full at");
    html.table(heads, rows);
  }

  private static List<Cell> row(String phase, double gatewayMillis, double databaseMillis) {
    List<Cell> row =
        new ArrayList<>(
            List.of(
                Cell.left(phase),
                Cell.of(Html.time(gatewayMillis)),
                Cell.of(Html.time(databaseMillis))));
    for (int nodes : NODES) {
      row.add(Cell.of(Html.format("%,.0f /s", rate(nodes, gatewayMillis, databaseMillis))));
    }
    row.add(Cell.of(Html.format("%.1f nodes", gatewayMillis / databaseMillis)));
    return row;
  }

  /** Operations a second. */
  static double rate(int nodes, double gatewayMillis, double databaseMillis) {
    return Math.min(nodes * CORES * 1000 / gatewayMillis, CORES * 1000 / databaseMillis);
  }
}
