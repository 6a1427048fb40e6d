package io.otakey.loadgen.experiment;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.otakey.loadgen.baseline.Measurement;
import io.otakey.loadgen.baseline.Scheme;
import io.otakey.loadgen.baseline.SchemeResult;
import io.otakey.loadgen.baseline.scheme.Comparisons;
import io.otakey.loadgen.baseline.scheme.Schemes;
import io.otakey.loadgen.link.Loops;
import io.otakey.loadgen.network.NetworkClass;
import io.otakey.loadgen.node.NodeException;
import io.otakey.loadgen.stats.Trial;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** Other ways of giving devices keys, measured beside a run's gateway. */
final class OtherSchemes {
  private OtherSchemes() {}

  /** Measures all of them, OTA-Key in the same harness too; one device after the other. */
  static List<Trial.Scheme> measure(Experiment experiment, Scene scene)
      throws NodeException, InterruptedException {
    Baselines wanted = experiment.baselines().orElseThrow();
    MultiThreadIoEventLoopGroup group = Loops.open("baseline-devices", 1);
    try {
      EventLoop loop = group.next();
      Schemes schemes = new Schemes(Optional.of(scene.underTest()), loop);
      Measurement measurement =
          new Measurement(
              loop, wanted.devices(), wanted.warmUp(), NetworkClass.PRESETS, experiment.seed());
      return new Comparisons(schemes, measurement, progress -> {})
          .run(experiment.name(), schemes.ids(), true).schemes().stream()
              .map(OtherSchemes::scheme)
              .toList();
    } catch (IOException e) {
      throw new NodeException("a scheme failed a device: " + e.getMessage(), e);
    } finally {
      Loops.end(group);
    }
  }

  private static Trial.Scheme scheme(SchemeResult result) {
    return new Trial.Scheme(
        result.id(),
        result.name(),
        result.id().startsWith("otakey-"),
        !result.id().startsWith("otakey-enroll"),
        result.secrecy() == Scheme.Secrecy.NO && !result.tls(),
        result.application().total(),
        result.wire().total(),
        result.roundTrips(),
        result.loopbackMillis(),
        result.cpu().serving(),
        result.times().stream()
            .map(time -> new Trial.Time(time.network(), time.millis(), time.p95Millis()))
            .toList(),
        result.losses().stream()
            .map(loss -> loss.outcome().name().toLowerCase(Locale.ROOT))
            .toList(),
        result.secrecy().name().toLowerCase(Locale.ROOT).replace('_', ' '));
  }

  /** OTA-Key's next key beside the best of the others that send no key in the clear. */
  static Map<Figure, Double> figures(List<Trial.Scheme> schemes) {
    Map<Figure, Double> figures = new EnumMap<>(Figure.class);
    figures.put(Figure.UPDATE_BYTES, least(schemes, Trial.Scheme::own, Trial.Scheme::wireBytes));
    figures.put(Figure.OTHER_UPDATE_BYTES, least(schemes, s -> !s.own(), Trial.Scheme::wireBytes));
    double worst = 0;
    for (NetworkClass network : NetworkClass.PRESETS) {
      ToDoubleFunction<Trial.Scheme> time = scheme -> millis(scheme, network.name());
      double ratio = least(schemes, Trial.Scheme::own, time) / least(schemes, s -> !s.own(), time);
      worst = Math.max(worst, ratio);
    }
    figures.put(Figure.UPDATE_TIME_RATIO, worst);
    return figures;
  }

  private static double least(
      List<Trial.Scheme> schemes,
      Predicate<Trial.Scheme> which,
      ToDoubleFunction<Trial.Scheme> of) {
    return schemes.stream()
        .filter(scheme -> scheme.next() && !scheme.clear())
        .filter(which)
        .mapToDouble(of)
        .min()
        .orElse(Double.NaN);
  }

  private static double millis(Trial.Scheme scheme, String network) {
    return scheme.times().stream()
        .filter(time -> time.network().equals(network))
        .mapToDouble(Trial.Time::mean)
        .findFirst()
        .orElse(Double.NaN);
  }
}
