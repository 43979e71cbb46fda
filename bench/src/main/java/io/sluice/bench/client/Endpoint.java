package io.sluice.bench.client;

import java.net.InetSocketAddress;

/**
 * Where requests go.
 *
 * @param address resolved
 * @param authority what the {@code Host} field says
 */
public record Endpoint(InetSocketAddress address, String authority) {}
