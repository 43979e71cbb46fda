package io.sluice.bench.plan;

import io.sluice.bench.arrivals.Arrivals;

/**
 * The boot storm that a forecast is made for.
 *
 * @param machines how many will boot
 * @param imageBytes each of them fetches
 * @param linkBytesPerSecond the server's link carries, headers included
 * @param machineBytesPerSecond one machine can take, or 0 for no bound
 * @param arrivals when they are switched on
 */
public record Question(
    int machines,
    long imageBytes,
    long linkBytesPerSecond,
    long machineBytesPerSecond,
    Arrivals arrivals) {}
