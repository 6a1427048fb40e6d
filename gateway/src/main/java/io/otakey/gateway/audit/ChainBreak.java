package io.otakey.gateway.audit;

import java.util.OptionalLong;

/**
 * The first place at which the chain does not hold.
 *
 * @param position the place; 0 for an entry that has none
 * @param entryId the entry there, if one is named
 * @param why what does not hold, as a sentence's end after the entry's name
 */
public record ChainBreak(long position, OptionalLong entryId, String why) {
  static ChainBreak at(ChainLink link, String why) {
    return new ChainBreak(link.position(), OptionalLong.of(link.entryId()), why);
  }
}
