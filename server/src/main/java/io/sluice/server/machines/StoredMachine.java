package io.sluice.server.machines;

/**
 * A machine and which state of it.
 *
 * @param machine the machine
 * @param revision grows with every change of any machine in a store; the same revision is the same
 *     state
 */
public record StoredMachine(Machine machine, long revision) {}
