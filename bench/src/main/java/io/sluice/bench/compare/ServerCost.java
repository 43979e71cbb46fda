package io.sluice.bench.compare;

/**
 * What a server spent on a turn, all of its processes together.
 *
 * @param cpuSeconds time on a CPU
 * @param residentBytes memory at the turn's end
 */
public record ServerCost(double cpuSeconds, long residentBytes) {}
