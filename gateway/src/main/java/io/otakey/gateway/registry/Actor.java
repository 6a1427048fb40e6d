package io.otakey.gateway.registry;

/**
 * Who changes something, for the audit log.
 *
 * @param name name of the API token or of the process
 * @param address where the request came from, or "local"
 */
public record Actor(String name, String address) {}
