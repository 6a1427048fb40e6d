package io.otakey.loadgen.load;

/**
 * How devices stand at the end of a proof. Every one that holds a key, confirmed or not, is proven,
 * bricked or unproven.
 *
 * @param enrolled hold a confirmed key
 * @param proven the gateway serves the key that they hold
 * @param bricked the gateway serves no key that they hold, and lets them enroll no more
 * @param unproven neither came out in time
 */
public record Standing(long enrolled, long proven, long bricked, long unproven) {
  /** Of nobody. */
  public static final Standing NONE = new Standing(0, 0, 0, 0);

  /** Of these and those. */
  public Standing plus(Standing other) {
    return new Standing(
        enrolled + other.enrolled,
        proven + other.proven,
        bricked + other.bricked,
        unproven + other.unproven);
  }
}
