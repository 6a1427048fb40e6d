package io.otakey.loadgen.experiment;

import io.otakey.loadgen.file.Field;
import io.otakey.loadgen.file.Problems;
import io.otakey.loadgen.file.Problems.Checked;
import io.otakey.loadgen.network.NetworkClass;
import java.time.Duration;
import java.util.Optional;

/** A network of a file's own, for groups that name it. */
public record OwnNetwork(
    @Field(
            value = "Its name.",
            pattern = "[a-z0-9][a-z0-9-]{0,31}",
            words = "lower-case letters, digits and dashes, 32 at most")
        String name,
    @Field("Preset whose figures it has where it gives none.") Optional<String> like,
    @Field(value = "One way, without the time that the bytes take.", max = 60)
        Optional<Duration> delay,
    @Field(value = "Up to so much more for each segment.", max = 60) Optional<Duration> jitter,
    @Field(value = "Bits per second from the device, headers included.", min = 1)
        Optional<Double> upBits,
    @Field(value = "Bits per second to the device, headers included.", min = 1)
        Optional<Double> downBits,
    @Field(
            value =
                "Chance of a frame, with netem of a packet, to be lost, instead of network.loss.",
            max = 0.99)
        Optional<Double> loss,
    @Field(value = "To come twice, instead of network.duplicate.", max = 1)
        Optional<Double> duplicate,
    @Field(value = "To come behind others, instead of network.reorder.", max = 1)
        Optional<Double> reorder)
    implements Checked {
  @Override
  public void check(Problems problems) {
    if (like.isEmpty() && (delay.isEmpty() || upBits.isEmpty() || downBits.isEmpty())) {
      problems.at("name", "needs delay, up-bits and down-bits, or like: one of the presets");
    }
  }

  /**
   * As it is played; its own chances are not in it.
   *
   * @param preset what it is like; of no account where the file says all
   */
  NetworkClass over(NetworkClass preset) {
    return new NetworkClass(
        name,
        delay.map(OwnNetwork::millis).orElse(preset.delayMillis()),
        jitter.map(OwnNetwork::millis).orElse(like.isEmpty() ? 0 : preset.jitterMillis()),
        upBits.map(Double::longValue).orElse(preset.upBits()),
        downBits.map(Double::longValue).orElse(preset.downBits()),
        like.isEmpty() ? 0 : preset.loss(),
        preset.segment(),
        preset.window());
  }

  private static double millis(Duration time) {
    return time.toMillis();
  }
}
