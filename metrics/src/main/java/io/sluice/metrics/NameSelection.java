package io.sluice.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The metrics a client asked for with {@code name[]}, by the name of a family or of a series. */
final class NameSelection {
  private static final List<String> SUFFIXES =
      List.of("_total", "_bucket", "_count", "_sum", "_created", "_info", "_gcount", "_gsum");

  private final Set<String> asked = new HashSet<>();

  /** What the asked names could be the name of a series of, or are themselves. */
  private final Set<String> candidates = new HashSet<>();

  /**
   * Makes a selection.
   *
   * @param names the names asked for, as exposed
   * @param prefix what is put before every name when it is exposed; a name without it names nothing
   */
  NameSelection(Collection<String> names, String prefix) {
    for (String name : names) {
      if (name.startsWith(prefix)) {
        add(name.substring(prefix.length()));
      }
    }
  }

  private void add(String name) {
    asked.add(name);
    candidates.add(name);
    for (String suffix : SUFFIXES) {
      if (name.endsWith(suffix)) {
        candidates.add(name.substring(0, name.length() - suffix.length()));
      }
    }
  }

  /** Whether a collector of that name is worth asking; {@link #includes} decides afterwards. */
  boolean maybe(String collector) {
    return candidates.contains(collector);
  }

  /** Whether the snapshot's family, or a series it has by its kind, was asked for. */
  boolean includes(MetricSnapshot snapshot) {
    String family = snapshot.getMetadata().getPrometheusName();
    if (asked.contains(family)
        || asked.contains(snapshot.getMetadata().getExpositionBasePrometheusName())) {
      return true;
    }
    return suffixes(snapshot).stream().anyMatch(suffix -> asked.contains(family + suffix));
  }

  private static List<String> suffixes(MetricSnapshot snapshot) {
    if (snapshot instanceof CounterSnapshot) {
      return List.of("_total", "_created");
    } else if (snapshot instanceof HistogramSnapshot) {
      return List.of("_bucket", "_count", "_sum", "_created", "_gcount", "_gsum");
    } else if (snapshot instanceof SummarySnapshot) {
      return List.of("_count", "_sum", "_created");
    } else if (snapshot instanceof InfoSnapshot) {
      return List.of("_info");
    }
    return List.of();
  }
}
