package io.sluice.bench.machine;

import org.jspecify.annotations.Nullable;

/**
 * A complete answer: as many body bytes as the server had announced.
 *
 * @param status the HTTP status
 * @param bytes of the body, after chunked coding was taken off
 * @param retryAfterSeconds what {@code Retry-After} said, or -1 without one
 * @param server the {@code Server} field, or null
 * @param sha256 the body's digest in lower-case hex, or null when the machine did not compute it
 */
public record Answer(
    int status,
    long bytes,
    long retryAfterSeconds,
    @Nullable String server,
    @Nullable String sha256) {}
