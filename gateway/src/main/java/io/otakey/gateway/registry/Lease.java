package io.otakey.gateway.registry;

/**
 * The right to do what one node at a time does. Whoever writes under it names it, so that a node
 * that was frozen and comes back changes nothing.
 *
 * @param fence higher with every holder
 */
public record Lease(long fence) {}
