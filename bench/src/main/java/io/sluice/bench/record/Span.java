package io.sluice.bench.record;

/**
 * A stage of one machine on the storm's time line.
 *
 * @param machine the machine's number
 * @param stage the stage's label
 * @param beganMillis after the storm's beginning
 * @param endedMillis after the storm's beginning
 * @param ending how it ended
 */
public record Span(
    int machine, String stage, double beganMillis, double endedMillis, String ending) {}
