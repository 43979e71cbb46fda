package io.sluice.metrics;

import java.util.ArrayList;
import java.util.List;

/** Remembers what a listener was told. */
final class Recorder implements RequestListener {
  final List<RequestTimer> begun = new ArrayList<>();
  final List<RequestTimer> ended = new ArrayList<>();
  long bytes;

  @Override
  public void begun(RequestTimer timer) {
    begun.add(timer);
  }

  @Override
  public void sent(RequestTimer timer, long count) {
    bytes += count;
  }

  @Override
  public void ended(RequestTimer timer) {
    ended.add(timer);
  }
}
