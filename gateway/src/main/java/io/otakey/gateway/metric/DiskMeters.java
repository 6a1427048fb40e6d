package io.otakey.gateway.metric;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How full disks are, looked at now and then on a worker thread: a disk that hangs holds up no
 * scrape. Deploy one instance; its start is the first look.
 */
public final class DiskMeters extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(DiskMeters.class);
  private static final long LOOK_MILLIS = 10_000;

  private final List<Disk> disks = new ArrayList<>();
  private boolean looking;

  /**
   * @param folders by the values of their label
   */
  public DiskMeters(Map<String, Path> folders, MeterRegistry meters) {
    folders.forEach((name, folder) -> disks.add(new Disk(folder, name, meters)));
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(LOOK_MILLIS, id -> look());
    return look();
  }

  /** One that does not come back is not joined by another. */
  private Future<Void> look() {
    if (looking) {
      return Future.succeededFuture();
    }
    looking = true;
    return vertx
        .<Void>executeBlocking(
            () -> {
              disks.forEach(Disk::look);
              return null;
            },
            false)
        .onComplete(done -> looking = false);
  }

  private static final class Disk {
    private final File folder;
    private volatile long free;
    private volatile long size;

    Disk(Path folder, String name, MeterRegistry meters) {
      this.folder = folder.toFile();
      Metric.DISK_FREE.gauge(meters, this, disk -> disk.free, name);
      Metric.DISK_SIZE.gauge(meters, this, disk -> disk.size, name);
    }

    /** Asks the disk itself: a file store would have to be among the mounts that we can see. */
    void look() {
      long all = folder.getTotalSpace();
      if (all == 0) {
        LOG.warn("how much room {} has cannot be seen", folder);
        return;
      }
      size = all;
      free = folder.getUsableSpace();
    }
  }
}
