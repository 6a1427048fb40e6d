package io.otakey.gateway.registry;

/** How many devices have a label with this value. */
public record LabelCount(String key, String value, long devices) {}
