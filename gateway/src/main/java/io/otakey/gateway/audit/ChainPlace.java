package io.otakey.gateway.audit;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in the chain. Who keeps one elsewhere can tell later that nothing before it was changed
 * and that it was not cut off, whatever became of the vault.
 *
 * @param position how many entries were chained before it, this one included
 * @param hash of everything up to it, 32 bytes
 */
public record ChainPlace(long position, byte[] hash) {
  private static final Pattern FORM = Pattern.compile("([0-9a-f]{64}):([0-9]{1,18})");

  /** Reads what {@link #toString} wrote. */
  public static Optional<ChainPlace> parse(String text) {
    Matcher matcher = FORM.matcher(text);
    return matcher.matches()
        ? Optional.of(
            new ChainPlace(
                Long.parseLong(matcher.group(2)), HexFormat.of().parseHex(matcher.group(1))))
        : Optional.empty();
  }

  /** Whether it is the same place of the same chain. */
  public boolean is(ChainPlace other) {
    return position == other.position && Arrays.equals(hash, other.hash);
  }

  @Override
  public String toString() {
    return HexFormat.of().formatHex(hash) + ":" + position;
  }
}
