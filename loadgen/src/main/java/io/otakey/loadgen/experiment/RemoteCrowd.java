package io.otakey.loadgen.experiment;

import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.stats.Glimpse;
import io.otakey.loadgen.stats.Tally;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The share of a run's devices that another process has; it does what it is told, in turn. */
final class RemoteCrowd implements Crowd {
  private final ShardLine line;
  private final Experiment experiment;
  private double cpu;
  private long done;

  /** What is sent. */
  private interface Words {
    void write(DataOutputStream out) throws IOException;
  }

  /** What comes back. */
  private interface Answer<T> {
    T read(DataInputStream in) throws IOException;
  }

  /**
   * Tells the other process what it has; {@link #ready} waits until it is.
   *
   * @param part which share of how many, and all else that it needs
   */
  RemoteCrowd(ShardLine line, Experiment experiment, ShardLine.Order part) throws NodeException {
    this.line = line;
    this.experiment = experiment;
    try {
      line.ask(ShardLine.Verb.OPEN);
      part.write(line.out());
      line.out().flush();
    } catch (IOException e) {
      throw line.lost(e);
    }
  }

  /** Waits until it has made its devices. */
  void ready() throws NodeException {
    try {
      line.answer();
    } catch (IOException e) {
      throw line.lost(e);
    }
  }

  private <T> T call(ShardLine.Verb verb, Words words, Answer<T> answer) throws NodeException {
    try {
      line.ask(verb);
      words.write(line.out());
      line.out().flush();
      line.answer();
      return answer.read(line.in());
    } catch (IOException e) {
      throw line.lost(e);
    }
  }

  @Override
  public void begin(Phase phase) throws NodeException {
    done = 0;
    int index = experiment.phases().indexOf(phase);
    call(ShardLine.Verb.BEGIN, out -> out.writeInt(index), in -> true);
  }

  @Override
  public boolean await(long millis) throws NodeException {
    return call(
        ShardLine.Verb.AWAIT,
        out -> out.writeLong(millis),
        in -> {
          done = in.readLong();
          return in.readBoolean();
        });
  }

  @Override
  public long done() {
    return done;
  }

  @Override
  public Glimpse glimpse() throws NodeException {
    return call(
        ShardLine.Verb.GLIMPSE,
        out -> {},
        in -> {
          Glimpse glimpse = new Glimpse();
          glimpse.addFrom(in);
          cpu = in.readDouble();
          return glimpse;
        });
  }

  @Override
  public double cpuElsewhere() {
    return cpu;
  }

  @Override
  public void stop() throws NodeException {
    call(ShardLine.Verb.STOP, out -> {}, in -> true);
  }

  @Override
  public Outcome outcome() throws NodeException {
    return call(
        ShardLine.Verb.OUTCOME,
        out -> {},
        in -> {
          List<Part> parts = new ArrayList<>();
          for (int left = in.readInt(); left > 0; left--) {
            String group = in.readUTF();
            int devices = in.readInt();
            Tally tally = new Tally();
            tally.addFrom(in);
            parts.add(new Part(group, devices, tally));
          }
          return new Outcome(parts, in.readDouble());
        });
  }

  @Override
  public Ending ending() throws NodeException {
    return call(ShardLine.Verb.ENDING, out -> {}, ShardLine::readEnding);
  }

  @Override
  public void close() {
    // its process stays for the next one
  }
}
