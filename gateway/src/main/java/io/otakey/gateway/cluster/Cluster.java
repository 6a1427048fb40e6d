package io.otakey.gateway.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import com.hazelcast.topic.Message;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.otakey.gateway.metric.Metric;
import io.otakey.gateway.metric.Resource;
import io.otakey.protocol.crypto.Secret;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * This node among the others, by Hazelcast, on threads of its own. It is started, and started
 * again, beside the service: frames are answered whether there is a cluster or not. Messages may be
 * lost, and nobody is told. Thread-safe.
 */
public final class Cluster implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);

  /** A message of another form gets another topic. */
  private static final String TOPIC = "otakey.1";

  private static final int MAX_WAITING = 1000;
  private static final long LOOK_SECONDS = 1;
  private static final long LISTEN_SECONDS = 5;
  private static final long TELL_SECONDS = 1;
  private static final long CLOSE_SECONDS = 15;

  private final ClusterConfig config;
  private final String name;
  private final MemberProof proof;
  private final Predicate<byte[]> heard;
  private final Counter sentCount;
  private final Counter heardCount;
  private final Counter unreadableCount;
  private final Counter leftOutCount;
  private final Counter refusedCount;
  private final AtomicLong refusalsTold = new AtomicLong();
  private final ScheduledExecutorService keeper =
      Executors.newSingleThreadScheduledExecutor(work -> new Thread(work, "otakey-cluster"));
  private final ThreadPoolExecutor mouth;
  private volatile @Nullable HazelcastInstance instance;
  private volatile boolean closed;
  private String complaint = "";

  /**
   * Nothing happens until it is started.
   *
   * @param name nodes with another one never join; it goes over the wire in clear
   * @param secret which members show each other, 32 bytes
   * @param heard takes what other nodes tell, on any thread, and says whether it could read it;
   *     must not block
   */
  public Cluster(
      ClusterConfig config,
      String name,
      Secret secret,
      Predicate<byte[]> heard,
      MeterRegistry meters) {
    this.config = config;
    this.name = name;
    this.proof = new MemberProof(secret, this::refused);
    this.heard = heard;
    this.sentCount = counter(meters, "sent");
    this.heardCount = counter(meters, "heard");
    this.unreadableCount = counter(meters, "unreadable");
    this.leftOutCount = counter(meters, "left_out");
    this.refusedCount = Metric.CLUSTER_REFUSED.counter(meters);
    Counter full = Resource.CLUSTER_QUEUE.refused(meters);
    this.mouth =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            work -> new Thread(work, "otakey-cluster-tell"),
            (work, executor) -> {
              leftOutCount.increment();
              full.increment();
            });
    Metric.CLUSTER_NODES.gauge(meters, this, Cluster::size);
    Resource.CLUSTER_QUEUE.show(meters, mouth, waiting -> waiting.getQueue().size(), MAX_WAITING);
  }

  private static Counter counter(MeterRegistry meters, String outcome) {
    return Metric.CLUSTER_MESSAGES.counter(meters, outcome);
  }

  /** Begins to look for the others, and goes on until it is closed. */
  public void start() {
    var unused = keeper.scheduleWithFixedDelay(this::keep, 0, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  /** Tells every other node; never blocks, never fails. */
  public void tell(byte[] message) {
    mouth.execute(() -> publish(message));
  }

  /** Nodes that this one sees, itself included; 0 while it is not up. */
  public int size() {
    HazelcastInstance now = instance;
    try {
      return now == null ? 0 : now.getCluster().getMembers().size();
    } catch (HazelcastInstanceNotActiveException e) {
      return 0;
    }
  }

  /** Fails while this node sees no other. */
  public Future<Void> check() {
    int size = size();
    return size > 1
        ? Future.succeededFuture()
        : Future.failedFuture(size == 0 ? "the cluster is not up" : "no other node is in sight");
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    mouth.shutdown(); // what waits is told
    keeper.execute(this::leave);
    keeper.shutdown();
    try {
      if (!keeper.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        keeper.shutdownNow(); // it is in the middle of joining
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- on the keeper's thread

  private void keep() {
    HazelcastInstance now = instance;
    if (closed || (now != null && now.getLifecycleService().isRunning())) {
      return;
    }
    if (now != null) {
      LOG.warn("the cluster's part in this node stopped; starting it again");
      instance = null;
    }
    try {
      HazelcastInstance fresh = ProvenMembers.start(NodeSettings.of(config, name), proof);
      if (!listens(fresh)) {
        fresh.getLifecycleService().terminate();
        complain("members did not note that this node listens");
        return;
      }
      fresh.getCluster().addMembershipListener(new Report());
      instance = fresh;
      complaint = "";
      report(fresh.getCluster().getMembers());
    } catch (RuntimeException | UnknownHostException e) {
      complain(e.getMessage() + " (is cluster.port free, cluster.host ours?)");
    }
  }

  /**
   * Hazelcast tells every member and waits for their answers; of nodes that start together one has
   * been seen to wait for ever, also after its end. So a thread of its own waits, once for each
   * try.
   */
  private boolean listens(HazelcastInstance fresh) {
    FutureTask<?> told =
        new FutureTask<>(() -> fresh.<byte[]>getTopic(TOPIC).addMessageListener(this::hear));
    Thread waits = new Thread(told, "otakey-cluster-listen");
    waits.setDaemon(true);
    waits.start();
    try {
      told.get(LISTEN_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (TimeoutException | ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      told.cancel(true);
    }
  }

  /** Once for each cause: it is tried every second. */
  private void complain(String fault) {
    if (!closed && !fault.equals(complaint)) {
      complaint = fault;
      LOG.warn("no cluster, trying on: {}", fault);
    }
  }

  private void leave() {
    finishTelling();
    HazelcastInstance now = instance;
    instance = null;
    if (now != null) {
      now.shutdown();
    }
  }

  private void finishTelling() {
    try {
      if (!mouth.awaitTermination(TELL_SECONDS, TimeUnit.SECONDS)) {
        mouth.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- on other threads

  private void publish(byte[] message) {
    HazelcastInstance now = instance;
    if (now == null) {
      leftOutCount.increment();
      return;
    }
    try {
      now.<byte[]>getTopic(TOPIC).publish(message);
      sentCount.increment();
    } catch (RuntimeException e) {
      leftOutCount.increment();
      LOG.debug("not told to other nodes", e);
    }
  }

  /**
   * Whoever says nothing may be a node that is cut off, or somebody who looks which ports are open.
   * Told of the first, the second, the fourth and so on: strangers do not fill the log.
   */
  private void refused(IOException why) {
    refusedCount.increment();
    long count = refusalsTold.incrementAndGet();
    if (Long.bitCount(count) == 1) {
      LOG.atLevel(why instanceof ProtocolException ? Level.WARN : Level.INFO)
          .log(
              "{} connections to the cluster's port without the cluster's secret ({}): strangers,"
                  + " or nodes that are cut off, have another vault, or are of an older version",
              count,
              why.getMessage());
    }
  }

  private void hear(Message<byte[]> message) {
    Member from = message.getPublishingMember();
    if (from != null && from.localMember()) {
      return;
    }
    (read(message) ? heardCount : unreadableCount).increment();
  }

  /** A stranger in the cluster may send what is no bytes, too. */
  private boolean read(Message<byte[]> message) {
    try {
      return heard.test(message.getMessageObject());
    } catch (ClassCastException | HazelcastSerializationException e) {
      return false;
    }
  }

  private static void report(Set<Member> members) {
    LOG.info(
        "cluster of {}: {}",
        members.size(),
        members.stream()
            .map(member -> member.getAddress() + (member.localMember() ? " (this node)" : ""))
            .toList());
  }

  private static final class Report implements MembershipListener {
    @Override
    public void memberAdded(MembershipEvent event) {
      report(event.getMembers());
    }

    @Override
    public void memberRemoved(MembershipEvent event) {
      report(event.getMembers());
    }
  }
}
