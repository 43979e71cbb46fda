package io.sluice.bench.machine;

/**
 * One request a machine sends.
 *
 * @param method the HTTP method
 * @param path what is asked for
 * @param newConnection whether a connection left from the request before may not be used
 */
public record Ask(String method, String path, boolean newConnection) {}
