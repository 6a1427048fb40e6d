package io.otakey.loadgen.experiment;

import io.otakey.loadgen.experiment.ShardLine.Order;
import io.otakey.loadgen.file.FileException;
import io.otakey.loadgen.file.RecordReader;
import io.otakey.loadgen.file.Scale;
import io.otakey.loadgen.load.LoadFleet;
import io.otakey.loadgen.network.Netem;
import io.otakey.loadgen.node.NodeException;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** This process as one of several of a run that another one leads. */
public final class ShardWorker implements AutoCloseable {
  private final ShardLine line;
  private @Nullable Networks networks;
  private @Nullable GoalCrowd crowd;
  private @Nullable Experiment experiment;

  private ShardWorker(ShardLine line) {
    this.line = line;
  }

  /**
   * Does what the leading process says until it closes the connection.
   *
   * @param token what proves that this process may join
   * @throws IOException if the connection breaks in the middle, or the token is wrong
   */
  public static void serve(Socket leader, String token) throws IOException, InterruptedException {
    try (ShardLine line = new ShardLine(leader);
        ShardWorker worker = new ShardWorker(line)) {
      line.out().writeUTF(ShardLine.GREETING);
      line.out().writeUTF(token);
      line.out().flush();
      line.answer();
      worker.work();
    }
  }

  private void work() throws IOException, InterruptedException {
    while (true) {
      ShardLine.Verb verb;
      try {
        verb = line.verb();
      } catch (EOFException e) {
        return; // the run is over
      }
      DataOutputStream out = line.out();
      if (verb == ShardLine.Verb.OPEN) {
        open(Order.read(line.in()));
        continue;
      }
      GoalCrowd devices = crowd;
      Experiment mine = experiment;
      if (devices == null || mine == null) {
        throw new IOException(verb + " before OPEN");
      }
      switch (verb) {
        case OPEN -> {} // was done
        case BEGIN -> {
          int index = line.in().readInt();
          devices.begin(index < 0 ? Phase.PROOF : mine.phases().get(index));
          out.writeByte(0);
        }
        case AWAIT -> {
          boolean over = devices.await(line.in().readLong());
          out.writeByte(0);
          out.writeLong(devices.done());
          out.writeBoolean(over);
        }
        case GLIMPSE -> {
          out.writeByte(0);
          devices.glimpse().write(out);
          out.writeDouble(LoadFleet.cpuSeconds());
        }
        case STOP -> {
          devices.stop();
          out.writeByte(0);
        }
        case OUTCOME -> {
          out.writeByte(0);
          write(devices.outcome());
        }
        case ENDING -> {
          out.writeByte(0);
          ShardLine.write(out, devices.ending());
        }
      }
      out.flush();
    }
  }

  private void open(Order order) throws IOException, InterruptedException {
    close();
    try {
      Scale scale = Scale.valueOf(order.scale().toUpperCase(Locale.ROOT));
      Experiment all = RecordReader.read(Experiment.class, order.text(), scale);
      Experiment one = Double.isNaN(order.value()) ? all : all.at(order.value());
      Experiment mine = one.share(order.shard(), order.shards());
      Networks opened = new Networks(mine, Netem.here());
      networks = opened;
      experiment = mine;
      crowd = new GoalCrowd(mine, order.stage(), opened, order.ids());
      line.out().writeByte(0);
    } catch (FileException e) {
      line.out().writeByte(1);
      line.out().writeUTF("it cannot read the experiment: is it of another version?");
    } catch (NodeException e) {
      line.out().writeByte(1);
      line.out().writeUTF(String.valueOf(e.getMessage()));
    }
    line.out().flush();
  }

  private void write(Crowd.Outcome outcome) throws IOException {
    DataOutputStream out = line.out();
    out.writeInt(outcome.parts().size());
    for (Crowd.Part part : outcome.parts()) {
      out.writeUTF(part.group());
      out.writeInt(part.devices());
      part.tally().write(out);
    }
    out.writeDouble(outcome.seconds());
  }

  @Override
  public void close() {
    if (crowd != null) {
      crowd.close();
    }
    if (networks != null) {
      networks.close();
    }
  }
}
