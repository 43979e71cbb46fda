package io.sluice.server.api.resource;

import java.util.concurrent.Executor;

/**
 * Where requests are answered. What changes something may wait for records that another server
 * holds in the store; what only looks does not wait behind it.
 *
 * @param looks for what only looks
 * @param changes for what changes something
 */
public record RequestThreads(Executor looks, Executor changes) {}
