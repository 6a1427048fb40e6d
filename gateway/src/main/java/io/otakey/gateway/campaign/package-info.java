/**
 * Campaigns: what is wanted of many devices, how fast, and when to stop. Its words are those of
 * hawkBit's rollouts and AWS IoT's jobs.
 */
@NullMarked
package io.otakey.gateway.campaign;

import org.jspecify.annotations.NullMarked;
