package io.otakey.loadgen.baseline;

import io.netty.channel.EventLoop;
import io.otakey.loadgen.baseline.SchemeResult.Bytes;
import io.otakey.loadgen.baseline.SchemeResult.Loss;
import io.otakey.loadgen.baseline.SchemeResult.Outcome;
import io.otakey.loadgen.baseline.wire.AnswerLostException;
import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.network.Direction;
import io.otakey.loadgen.network.Headers;
import io.otakey.loadgen.network.NetworkClass;
import io.otakey.loadgen.network.TimeModel;
import io.otakey.loadgen.network.Trace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Takes devices through a scheme, one after the other, and counts. */
public final class Measurement {
  /** Segments on the wire: IPv6's least packet, which constrained networks carry. */
  static final Headers HEADERS = new Headers(1208);

  private static final int TRIES = 2;
  private static final double NANOS_PER_MICRO = 1_000;
  private static final double NANOS_PER_MILLI = 1_000_000;

  private final EventLoop loop;
  private final int devices;
  private final int warmUp;
  private final List<NetworkClass> networks;
  private final long seed;

  /**
   * @param loop where the devices' connections live
   * @param devices that are counted, at least 1
   * @param warmUp devices before, that are not
   * @param seed of computed times
   */
  public Measurement(
      EventLoop loop, int devices, int warmUp, List<NetworkClass> networks, long seed) {
    this.loop = loop;
    this.devices = devices;
    this.warmUp = warmUp;
    this.networks = List.copyOf(networks);
    this.seed = seed;
  }

  /**
   * Measures a scheme.
   *
   * @throws IOException if a device ends without what it was to get
   */
  public SchemeResult measure(Scheme scheme) throws IOException {
    run(scheme, prepare(scheme, "warm", warmUp));
    List<Scheme.Device> counted = prepare(scheme, "dev", devices);
    ServerCpu before = scheme.cpu();
    long begun = System.nanoTime();
    List<Links> passed = run(scheme, counted);
    double millis = (System.nanoTime() - begun) / NANOS_PER_MILLI / devices;
    ServerCpu used = scheme.cpu().since(before);
    for (Scheme.Device device : counted) {
      require(device.works(new Links(loop)), scheme, "the server does not take what it gave");
    }
    Links last = passed.get(passed.size() - 1);
    List<Loss> losses = losses(scheme, last.answers());
    return result(scheme, passed, millis, used, losses);
  }

  private List<Scheme.Device> prepare(Scheme scheme, String prefix, int count) throws IOException {
    List<Scheme.Device> prepared = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      prepared.add(scheme.device(name(scheme, prefix, i)));
    }
    return prepared;
  }

  /** Ids of one length, so that bytes compare: as an nRF52's, 16 characters. */
  private static String name(Scheme scheme, String prefix, int number) {
    int hash = (scheme.description().id() + prefix).hashCode();
    return String.format("%08x%08x", hash, number);
  }

  private List<Links> run(Scheme scheme, List<Scheme.Device> prepared) throws IOException {
    List<Links> passed = new ArrayList<>();
    for (Scheme.Device device : prepared) {
      Links links = new Links(loop);
      try {
        device.obtain(links);
      } catch (IOException e) {
        throw new IOException(scheme.description().id() + ": " + e.getMessage(), e);
      }
      passed.add(links);
    }
    return passed;
  }

  private List<Loss> losses(Scheme scheme, int answers) throws IOException {
    List<Loss> losses = new ArrayList<>();
    for (int answer = 1; answer <= answers; answer++) {
      String id = name(scheme, "lost", answer);
      Scheme.Device device = scheme.device(id);
      Scheme.Standing first = scheme.standing(id);
      try {
        device.obtain(new Links(loop, answer));
        throw new IOException(scheme.description().id() + ": no answer " + answer + " to lose");
      } catch (AnswerLostException e) {
        // as was wanted
      }
      boolean got = retry(device);
      Scheme.Standing standing = scheme.standing(id);
      int issued = standing.issued() - first.issued();
      int valid = standing.valid();
      losses.add(new Loss(answer, answer == answers, outcome(got, issued, valid), issued, valid));
    }
    return losses;
  }

  private boolean retry(Scheme.Device device) {
    for (int i = 0; i < TRIES; i++) {
      try {
        device.obtain(new Links(loop));
        return device.works(new Links(loop));
      } catch (IOException e) {
        // once more; refused for good is refused twice
      }
    }
    return false;
  }

  private static Outcome outcome(boolean got, int issued, int valid) {
    if (!got) {
      return Outcome.WITHOUT;
    }
    if (valid > 1) {
      return Outcome.ORPHANED;
    }
    return issued > 1 ? Outcome.REPLACED : Outcome.SAME;
  }

  private SchemeResult result(
      Scheme scheme, List<Links> passed, double millis, ServerCpu used, List<Loss> losses) {
    Scheme.Description description = scheme.description();
    List<Trace> traces = passed.stream().map(Links::trace).toList();
    List<Headers.Wire> wires = traces.stream().map(HEADERS::wire).toList();
    Trace typical = traces.get(traces.size() - 1);
    return new SchemeResult(
        description.id(),
        description.name(),
        description.tls(),
        devices,
        new Bytes(
            mean(passed, links -> links.applicationBytes(Direction.UP)),
            mean(passed, links -> links.applicationBytes(Direction.DOWN))),
        new Bytes(
            mean(traces, trace -> trace.bytes(Direction.UP)),
            mean(traces, trace -> trace.bytes(Direction.DOWN))),
        new Bytes(mean(wires, Headers.Wire::up), mean(wires, Headers.Wire::down)),
        mean(traces, Trace::roundTrips),
        mean(wires, Headers.Wire::packets),
        millis,
        new SchemeResult.Cpu(
            used.serving() / NANOS_PER_MICRO / devices,
            micros(used.process()),
            micros(used.database())),
        null,
        networks.stream().map(network -> new TimeModel(network, seed).time(typical)).toList(),
        losses,
        description.secrecy(),
        description.why());
  }

  private @Nullable Double micros(OptionalLong nanos) {
    return nanos.isPresent() ? nanos.getAsLong() / NANOS_PER_MICRO / devices : null;
  }

  private static <T> double mean(List<T> values, java.util.function.ToDoubleFunction<T> of) {
    return values.stream().mapToDouble(of).average().orElse(0);
  }

  private static void require(boolean holds, Scheme scheme, String problem) throws IOException {
    if (!holds) {
      throw new IOException(scheme.description().id() + ": " + problem);
    }
  }
}
