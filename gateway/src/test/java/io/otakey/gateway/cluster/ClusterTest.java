package io.otakey.gateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.HazelcastInstanceImpl;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.serialization.SerializationService;
import com.hazelcast.internal.server.Server;
import com.hazelcast.internal.server.tcp.TcpServerConnectionManager;
import com.hazelcast.spi.exception.CallerNotMemberException;
import com.hazelcast.spi.exception.RetryableHazelcastException;
import com.hazelcast.spi.exception.TargetNotMemberException;
import com.hazelcast.spi.exception.WrongTargetException;
import com.hazelcast.spi.impl.PartitionSpecificRunnable;
import com.hazelcast.spi.impl.operationservice.Operation;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.otakey.gateway.BrokerNode;
import io.otakey.gateway.metric.Metric;
import io.otakey.protocol.crypto.Secret;
import java.io.IOException;
import java.io.Serializable;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes that find each other, or do not. */
class ClusterTest {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** Where Hazelcast keeps connections that nobody said hello on. */
  private static final String ACCEPTED = "acceptedChannels";

  private final List<Node> nodes = new ArrayList<>();

  @AfterEach
  void close() {
    nodes.forEach(node -> node.cluster.close());
  }

  private static final class Node {
    final List<String> heard = new CopyOnWriteArrayList<>();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final int port;
    final Cluster cluster;

    Node(ClusterConfig config, String name) {
      port = config.port();
      cluster = new Cluster(config, name, secret(1), this::hear, meters);
      cluster.start();
    }

    /** Whatever begins with a tilde cannot be read. */
    private boolean hear(byte[] message) {
      heard.add(new String(message, StandardCharsets.US_ASCII));
      return message[0] != '~';
    }

    void tell(String message) {
      cluster.tell(message.getBytes(StandardCharsets.US_ASCII));
    }

    double count(String outcome) {
      return meters.get(Metric.CLUSTER_MESSAGES.id()).tag("outcome", outcome).counter().count();
    }

    double refused() {
      return meters.get(Metric.CLUSTER_REFUSED.id()).counter().count();
    }
  }

  private static Secret secret(int fill) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) fill);
    return Secret.adopt(bytes);
  }

  @Test
  void nodes_findEachOther_tellEachOther_outliveHazelcast_andNoteAnEnd() throws IOException {
    int[] ports = freePorts(2);
    Node first = join("home", ports[0], ports);
    eventually(() -> first.cluster.size() == 1); // two that start at once take longer
    Node second = join("home", ports[1], ports);
    eventually(() -> first.cluster.size() == 2 && second.cluster.size() == 2);
    first.tell("one");
    second.tell("two");
    second.tell("~three");
    eventually(() -> second.heard.equals(List.of("one")));
    eventually(() -> first.heard.equals(List.of("two", "~three")));
    eventually(() -> first.count("heard") == 1 && first.count("unreadable") == 1);
    eventually(() -> second.count("sent") == 2); // counted after it was heard
    assertThat(first.cluster.check().succeeded()).isTrue();

    inside(second).getLifecycleService().terminate();
    assertThat(second.cluster.size()).isZero();
    second.tell("lost");
    eventually(() -> second.count("left_out") == 1);
    eventually(() -> first.cluster.size() == 2 && second.cluster.size() == 2);
    second.tell("back");
    eventually(() -> first.heard.contains("back"));
    assertThat(first.heard).doesNotContain("lost");

    second.cluster.close();
    eventually(() -> first.cluster.size() == 1);
    assertThat(first.cluster.check().failed()).as("alone").isTrue();
    assertThat(second.cluster.size()).isZero();
    second.tell("late");
    assertThat(second.count("left_out")).isEqualTo(2);
  }

  @Test
  void aNodeOfAnotherName_neverJoins() throws IOException {
    int[] ports = freePorts(2);
    Node first = join("home", ports[0], ports);
    eventually(() -> first.cluster.size() == 1);
    Node stranger = join("elsewhere", ports[1], ports);
    eventually(() -> stranger.cluster.size() == 1);
    stranger.tell("hello");
    eventually(() -> stranger.count("sent") == 1);
    assertThat(first.cluster.size()).isEqualTo(1);
    assertThat(first.heard).isEmpty();
  }

  @Test
  void whoKnowsTheName_butNotTheSecret_neverJoins() throws IOException {
    int[] ports = freePorts(3);
    Node first = join("home", ports[0], ports);
    eventually(() -> first.cluster.size() == 1);
    assertThat(joins(2, ports[1], ports)).as("with another secret").isFalse();
    assertThat(first.refused()).isPositive();
    assertThat(first.cluster.size()).isEqualTo(1);
    eventually(() -> connections(first) == 0);
    assertThat(joins(1, ports[2], ports)).as("but with the secret").isTrue();
  }

  /** Whether a Hazelcast of the cluster's name and with this secret sees anybody. */
  private static boolean joins(int secret, int port, int... members) throws IOException {
    Config hurried =
        NodeSettings.of(config(port, members), "home")
            .setProperty("hazelcast.max.join.seconds", "3")
            .setProperty("hazelcast.wait.seconds.before.join", "0");
    HazelcastInstance instance =
        ProvenMembers.start(hurried, new MemberProof(secret(secret), why -> {}));
    boolean joined = instance.getCluster().getMembers().size() > 1;
    instance.getLifecycleService().terminate();
    return joined;
  }

  /** What Hazelcast keeps of connections to this node, those that it has just accepted, too. */
  private static int connections(Node node) {
    Server server = inside(node).node.getServer();
    var manager = server.getConnectionManager(EndpointQualifier.MEMBER);
    try {
      Field accepted = TcpServerConnectionManager.class.getSuperclass().getDeclaredField(ACCEPTED);
      accepted.setAccessible(true);
      return manager.getConnections().size() + ((Set<?>) accepted.get(manager)).size();
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private static HazelcastInstanceImpl inside(Node node) {
    return Hazelcast.getAllHazelcastInstances().stream()
        .map(instance -> ((HazelcastInstanceProxy) instance).getOriginal())
        .filter(instance -> instance.node.address.getPort() == node.port)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void objects_areNotMadeOfWhatAMemberSends() throws Exception {
    int[] ports = freePorts(2);
    Node first = join("home", ports[0], ports);
    eventually(() -> first.cluster.size() == 1);
    // It stole name and secret.
    HazelcastInstance stranger =
        ProvenMembers.start(
            NodeSettings.of(config(ports[1], ports), "home"),
            new MemberProof(secret(1), why -> {}));
    try {
      eventually(() -> first.cluster.size() == 2);
      Trap.sprung = false;
      stranger.<Object>getTopic("otakey.1").publish(new Trap());
      eventually(() -> first.count("unreadable") == 1);
      stranger.<Object>getTopic("otakey.1").publish("text");
      eventually(() -> first.count("unreadable") == 2);
      assertThat(Trap.sprung).isFalse();
      assertThat(first.heard).isEmpty();
    } finally {
      stranger.shutdown();
    }
  }

  /** Unread, they are answers that never come. */
  @Test
  void refusalsOfMembers_areRead() throws IOException {
    int[] ports = freePorts(1);
    Node node = join("home", ports[0], ports);
    eventually(() -> node.cluster.size() == 1);
    SerializationService serialization = inside(node).getSerializationService();
    for (Throwable refusal :
        List.of(
            new CallerNotMemberException("who?"),
            new TargetNotMemberException("where?"),
            new WrongTargetException("not here"),
            new RetryableHazelcastException("again", new IllegalStateException("so")),
            new HazelcastInstanceNotActiveException())) {
      Object read = serialization.toObject(serialization.toData(refusal));
      assertThat(read).hasSameClassAs(refusal);
    }
    assertThatThrownBy(() -> serialization.toObject(serialization.toData(new Trap())))
        .hasRootCauseInstanceOf(SecurityException.class);
  }

  /** Does something when it is read. */
  private static final class Trap implements Serializable {
    private static final long serialVersionUID = 1;
    static volatile boolean sprung;

    private void readObject(java.io.ObjectInputStream in) {
      sprung = true;
    }
  }

  /** A member that keeps alive but does no work leaves the listener of one that joins unnoted. */
  @Test
  void aNodeWhoseListenerNobodyNotes_triesOn_andIsHeardLater() throws IOException {
    int[] ports = freePorts(2);
    Node busy = join("home", ports[0], ports);
    eventually(() -> busy.cluster.size() == 1);
    CountDownLatch work = new CountDownLatch(1);
    Node late;
    try {
      occupy(busy, work);
      late = join("home", ports[1], ports);
      eventually(() -> busy.cluster.size() == 2);
      eventually(() -> busy.cluster.size() == 1);
      assertThat(late.cluster.size()).isZero();
    } finally {
      work.countDown();
    }
    eventually(() -> late.cluster.size() == 2);
    late.tell("at last");
    eventually(() -> busy.heard.equals(List.of("at last")));
  }

  /** Every thread that does what members ask waits; what is urgent, as a heartbeat, has others. */
  private static void occupy(Node node, CountDownLatch until) {
    var executor = inside(node).node.getNodeEngine().getOperationService().getOperationExecutor();
    for (int i = 0; i < executor.getGenericThreadCount(); i++) {
      executor.execute(
          new PartitionSpecificRunnable() {
            @Override
            public int getPartitionId() {
              return Operation.GENERIC_PARTITION_ID;
            }

            @Override
            public void run() {
              try {
                until.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
          });
    }
  }

  @Test
  void aPortThatIsTaken_isTriedUntilItIsFree() throws IOException {
    Node node;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      node = join("home", taken.getLocalPort(), taken.getLocalPort());
      node.tell("lost");
      eventually(() -> node.count("left_out") == 1);
      assertThat(node.cluster.size()).isZero();
      assertThat(node.cluster.check().failed()).isTrue();
    }
    eventually(() -> node.cluster.size() == 1);
  }

  @Test
  void aNameOfTheDns_standsForNodes() throws IOException {
    int[] ports = freePorts(2);
    Node first = byName(ports[0], "localhost"); // where it listens itself, as the others do
    eventually(() -> first.cluster.size() == 1);
    Node second = byName(ports[1], "localhost:" + ports[0]);
    eventually(() -> first.cluster.size() == 2 && second.cluster.size() == 2);
  }

  private Node byName(int port, String name) {
    return add(
        new ClusterConfig(
            true, "127.0.0.1", port, Optional.empty(), List.of(), Optional.of(name), false),
        "home");
  }

  private Node join(String name, int port, int... members) {
    return add(config(port, members), name);
  }

  private Node add(ClusterConfig config, String name) {
    Node node = new Node(config, name);
    nodes.add(node);
    return node;
  }

  private static ClusterConfig config(int port, int... members) {
    List<String> all = new ArrayList<>();
    for (int member : members) {
      all.add("127.0.0.1:" + member);
    }
    return new ClusterConfig(
        true, "127.0.0.1", port, Optional.empty(), all, Optional.empty(), false);
  }

  private static int[] freePorts(int count) throws IOException {
    return BrokerNode.freePorts(count).stream().mapToInt(Integer::intValue).toArray();
  }

  private static void eventually(BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      LockSupport.parkNanos(5_000_000);
    }
  }
}
