package io.sluice.metrics;

import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** The {@code jvm_*} and {@code process_*} series, and which build of which program this is. */
public final class RuntimeMetrics {
  private RuntimeMetrics() {}

  /**
   * Registers the series. Call it once per registry.
   *
   * @param registry where to register them
   * @param name the program's name, the beginning of {@code NAME_build_info}
   * @param version the program's version, a label value
   * @throws IllegalArgumentException if the name does not make a metric name, or the series are
   *     registered already
   */
  public static void register(PrometheusRegistry registry, String name, String version) {
    Info.builder()
        .name(name + "_build_info")
        .help("Always 1; the labels say what is running.")
        .labelNames("version", "java_version", "java_vendor")
        .register(registry)
        .setLabelValues(
            version, System.getProperty("java.version", ""), System.getProperty("java.vendor", ""));
    JvmMetrics.builder().register(registry);
  }
}
