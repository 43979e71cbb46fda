package io.sluice.server.machines;

import java.time.Instant;

/**
 * One thing that happened to a machine.
 *
 * @param machine its id
 * @param at when
 * @param event what, one of a few words such as {@code script} or {@code done}
 * @param detail for people, one line, may be empty
 * @param by who asked for it
 */
public record HistoryEntry(String machine, Instant at, String event, String detail, Actor by) {
  /** The server noted it by itself. */
  public HistoryEntry(String machine, Instant at, String event, String detail) {
    this(machine, at, event, detail, Actor.NONE);
  }
}
