package io.otakey.loadgen.baseline;

import java.util.List;

/**
 * Schemes beside each other, from one run on one machine.
 *
 * @param command the arguments that gave it
 * @param java its version, the same for every server of this process
 * @param load of the machine when the run began, over one minute; negative if unknown
 * @param notes what to know when reading it
 */
public record Comparison(
    String command,
    String started,
    String java,
    int processors,
    double load,
    List<SchemeResult> schemes,
    List<String> notes) {}
