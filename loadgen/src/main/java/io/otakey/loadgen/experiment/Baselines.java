package io.otakey.loadgen.experiment;

import io.otakey.loadgen.file.Field;

/** How much is made of other ways of giving devices keys; docs/baselines.md says which. */
public record Baselines(
    @Field(value = "Devices that are counted, of each scheme.", fallback = "20", min = 1, max = 1e5)
        int devices,
    @Field(value = "Devices before these, not counted.", fallback = "20", max = 1e5) int warmUp) {}
