package io.otakey.loadgen.baseline.scheme;

import io.netty.channel.EventLoop;
import io.otakey.loadgen.baseline.Scheme;
import io.otakey.loadgen.baseline.ServerCpu;
import io.otakey.loadgen.baseline.wire.Links;
import io.otakey.loadgen.device.VirtualDevice;
import io.otakey.loadgen.device.VirtualDevice.Goal;
import io.otakey.loadgen.link.Transport;
import io.otakey.protocol.crypto.X25519;
import io.otakey.protocol.device.Environment;
import io.otakey.protocol.device.Step;
import io.otakey.protocol.device.Timing;
import io.otakey.protocol.wire.DeviceRef;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** OTA-Key against a real gateway: a first key, or the next one. */
final class OtaKeyScheme implements Scheme {
  /** Waits between repetitions are not what is compared. */
  private static final Timing QUICK = new Timing(0.001, 30_000);

  private final GatewayUnderTest gateway;
  private final Transport transport;
  private final boolean tls;
  private final Goal goal;
  private final EventLoop loop;
  private final Environment environment;
  private final String run = Secrets.text().replaceAll("[^A-Za-z0-9]", "").substring(0, 8);
  private final Map<String, Device> devices = new ConcurrentHashMap<>();

  /**
   * @param goal {@link Goal#ENROLL} or {@link Goal#ROTATE}
   * @param loop for what is not measured
   */
  OtaKeyScheme(
      GatewayUnderTest gateway, Transport transport, boolean tls, Goal goal, EventLoop loop) {
    this.gateway = gateway;
    this.transport = transport;
    this.tls = tls;
    this.goal = goal;
    this.loop = loop;
    this.environment =
        new Environment(X25519.choose().x25519(), new SplittableRandom(run.hashCode()), QUICK);
  }

  static String id(Transport transport, boolean tls, Goal goal) {
    return String.join(
        "-",
        "otakey",
        goal.name().toLowerCase(Locale.ROOT),
        transport.name().toLowerCase(Locale.ROOT) + (tls ? "s" : ""));
  }

  @Override
  public Description description() {
    return new Description(
        id(transport, tls, goal),
        "OTA-Key "
            + (goal == Goal.ENROLL ? "first key" : "next key")
            + ", "
            + transport
            + (tls ? "S" : ""),
        tls,
        Secrecy.YES,
        "both sides add ephemeral keys to the shared one (Noise NKpsk0), with or without TLS");
  }

  @Override
  public Scheme.Device device(String id) throws IOException {
    // Devices stay in the registry: another run has other ids, of the same length.
    Device device = new Device(run + String.format("%08x", devices.size()));
    if (goal == Goal.ROTATE) {
      device.reach(Goal.ENROLL, new Links(loop));
    }
    devices.put(id, device);
    return device;
  }

  /** A row of the registry has one key, which a commit replaces by the next: the epoch counts. */
  @Override
  public Standing standing(String id) {
    Device device = devices.get(id);
    int epoch = device == null ? 0 : (int) device.device.epoch();
    return new Standing(epoch, Math.min(epoch, 1));
  }

  @Override
  public ServerCpu cpu() {
    return gateway.process().read();
  }

  @Override
  public void close() {
    // the gateway is not its own
  }

  private final class Device implements Scheme.Device {
    private final VirtualDevice device;
    private boolean interrupted;
    private String refusal = "";

    Device(String id) {
      device =
          new VirtualDevice(
              new DeviceRef(gateway.firmware().productId(), id),
              gateway.firmware(),
              environment,
              (request, code) -> refusal = request + " answered " + code);
    }

    @Override
    public void obtain(Links links) throws IOException {
      reach(goal, links);
    }

    @Override
    public boolean works(Links links) throws IOException {
      reach(Goal.PROVE, links);
      return true;
    }

    void reach(Goal wanted, Links links) throws IOException {
      try (FrameLine line = FrameLine.open(gateway, transport, tls, links)) {
        Step step = interrupted ? device.onLost(now()) : device.begin(wanted, now());
        interrupted = true;
        while (!device.isReached()) {
          if (device.isHopeless() || !refusal.isEmpty()) {
            throw new IOException("the gateway does not serve this device: " + refusal);
          }
          if (step instanceof Step.Send send) {
            step = device.onFrame(now(), line.ask(send.frame()));
          } else if (step instanceof Step.WaitUntil wait) {
            pause(wait.time() - now());
            step = device.step(now());
          } else {
            step = device.onLogin(now());
          }
        }
        interrupted = false;
      }
    }
  }

  private static void pause(long millis) throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(Math.max(1, millis));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
  }
}
