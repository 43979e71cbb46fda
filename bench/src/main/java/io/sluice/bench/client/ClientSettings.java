package io.sluice.bench.client;

import java.time.Duration;

/**
 * How machines speak and read.
 *
 * @param userAgent what they call themselves
 * @param timeout how long nothing may come, also while connecting
 * @param bytesPerSecond what a machine can take, or 0 for as much as comes
 * @param verify whether bodies are digested
 */
public record ClientSettings(
    String userAgent, Duration timeout, long bytesPerSecond, boolean verify) {}
