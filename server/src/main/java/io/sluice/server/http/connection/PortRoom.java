package io.sluice.server.http.connection;

import io.sluice.server.keyed.ByteBudget;

/**
 * What the clients of one port share.
 *
 * @param connections places for connections
 * @param requests bytes of requests that come and are answered, and of pages that wait for their
 *     clients
 * @param turns of requests that were sent ahead
 */
public record PortRoom(Connections connections, ByteBudget requests, PipelinedTurns turns) {}
