package io.sluice.server.machines;

import java.util.List;

/** A store without machines that takes none. */
public final class EmptyStore implements MachineStore {
  @Override
  public Result write(List<Edit> edits, Position known) throws StoreException {
    throw new StoreException("nothing is kept here", new UnsupportedOperationException());
  }

  @Override
  public News newsSince(Position known, Position newest) {
    return new News(false, List.of(), List.of(), known);
  }

  @Override
  public void tryWriting() {}

  @Override
  public void record(List<HistoryEntry> entries) {}

  @Override
  public List<HistoryEntry> history(String machine, int limit) {
    return List.of();
  }

  @Override
  public List<Coverage> cover(List<Delivery> deliveries) {
    return deliveries.stream().map(Delivery::delivered).toList();
  }

  @Override
  public List<Coverage> covered(String token) {
    return List.of();
  }

  @Override
  public boolean isShared() {
    return false;
  }

  @Override
  public void awaitChange(long millis) {}

  @Override
  public void close() {}
}
