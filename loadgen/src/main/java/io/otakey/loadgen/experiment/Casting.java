package io.otakey.loadgen.experiment;

import io.otakey.loadgen.experiment.Experiment.Group;
import io.otakey.loadgen.experiment.Experiment.Kind;
import io.otakey.loadgen.link.Endpoint;
import io.otakey.loadgen.link.Transport;
import io.otakey.loadgen.node.NodeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Makes the devices of an experiment: of this process, of others, of the firmware. */
final class Casting {
  private final Scene scene;
  private final Path root;
  private final Path folder;
  private final Optional<Shards> shards;

  /**
   * @param root of the project
   * @param folder for what firmware needs
   * @param shards the other processes, if there are any
   */
  Casting(Scene scene, Path root, Path folder, Optional<Shards> shards) {
    this.scene = scene;
    this.root = root;
    this.folder = folder;
    this.shards = shards;
  }

  /** What is not built or installed of what the population needs. */
  static Optional<String> missing(Experiment experiment, Path root) {
    Optional<String> host = has(experiment, Kind.HOST) ? HostFleet.missing(root) : Optional.empty();
    return host.or(() -> has(experiment, Kind.CHIP) ? ChipCrowd.missing(root) : Optional.empty());
  }

  private static boolean has(Experiment experiment, Kind kind) {
    return experiment.population().stream().anyMatch(group -> group.kind() == kind);
  }

  /** Virtual devices of this process that get the gateway warm. */
  Crowd warmUp(Experiment one, Networks networks, String ids)
      throws NodeException, InterruptedException {
    register(one, ids);
    return new GoalCrowd(one, scene.stage(), networks, ids);
  }

  /**
   * All devices.
   *
   * @param value of what is varied; NaN: nothing is
   * @param ids what device ids begin with
   */
  Crowd open(Experiment one, double value, Networks networks, String ids)
      throws NodeException, InterruptedException {
    if (one.isLiving()) {
      return new LiveCrowd(one, scene, ids);
    }
    Stage stage = scene.stage();
    List<Crowd> crowds = new ArrayList<>();
    try {
      if (one.virtualDevices() > 0) {
        crowds.add(virtual(one, value, stage, networks, ids));
      }
      for (int i = 0; i < one.population().size(); i++) {
        if (!one.population().get(i).isVirtual()) {
          crowds.add(firmware(one, i, stage, networks, ids));
        }
      }
    } catch (NodeException | InterruptedException | RuntimeException e) {
      crowds.forEach(Crowd::close);
      throw e;
    }
    return crowds.size() == 1 ? crowds.get(0) : new JointCrowd(crowds);
  }

  private Crowd virtual(Experiment one, double value, Stage stage, Networks networks, String ids)
      throws NodeException, InterruptedException {
    if (shards.isEmpty()) {
      register(one, ids);
      return new GoalCrowd(one, stage, networks, ids);
    }
    int count = shards.get().count();
    for (int shard = 0; shard < count; shard++) {
      register(one.share(shard, count), Shards.ids(ids, shard));
    }
    return shards.get().crowd(one, value, stage, ids);
  }

  private void register(Experiment one, String ids) throws NodeException, InterruptedException {
    for (int i = 0; i < one.population().size(); i++) {
      if (one.population().get(i).isVirtual()) {
        scene.register(one.population().get(i), GoalCrowd.ids(ids, i));
      }
    }
  }

  private Crowd firmware(Experiment one, int index, Stage stage, Networks networks, String ids)
      throws NodeException, InterruptedException {
    Group group = one.population().get(index);
    Endpoint gateway = Objects.requireNonNull(stage.nodes().get(0).get(Transport.MQTT));
    Endpoint near = networks.to(gateway, group);
    if (group.kind() == Kind.HOST) {
      Path bundle = bundle(group, HostFleet.BUNDLE_PAGE);
      return new HostFleet(one, index, ids, root, bundle, near, folder);
    }
    Path bundle = bundle(group, ChipCrowd.BUNDLE_PAGE);
    return new ChipCrowd(one, index, root, bundle, near, scene.admin(), folder);
  }

  /** Holds the product key: for its owner only, as the folder, and gone with it. */
  private Path bundle(Group group, String page) throws NodeException, InterruptedException {
    String hex = scene.admin().bundleAsHex(group.product(), page);
    try {
      Path file =
          Files.createTempFile(
              folder,
              group.product(),
              ".hex",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      return Files.writeString(file, hex);
    } catch (IOException e) {
      throw new NodeException("a bundle cannot be written to " + folder, e);
    }
  }
}
