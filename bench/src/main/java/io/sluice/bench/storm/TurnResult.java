package io.sluice.bench.storm;

import io.sluice.bench.machine.BootStage;
import io.sluice.bench.machine.MachineResult;
import io.sluice.bench.probe.ProbeRecord;
import io.sluice.bench.record.RateSeries;
import io.sluice.bench.record.TurnRecord;
import java.util.Map;

/**
 * What one storm against one target came to.
 *
 * @param record what the machines did
 * @param probes what became of the probes
 * @param seconds from the first machine's arrival to the last one's end, or to the storm's
 * @param goodBytes body bytes of those seconds, without those of failed requests
 * @param throughput bytes over time
 * @param load how busy the generator was
 * @param lengths of the stages' bodies as the first answer had them
 * @param interrupted whether the operator ended it
 */
public record TurnResult(
    TurnRecord record,
    ProbeRecord probes,
    double seconds,
    long goodBytes,
    RateSeries.Snapshot throughput,
    GeneratorLoad load,
    Map<BootStage, Long> lengths,
    boolean interrupted) {

  /** Body bytes a second over the whole storm, without those of failed requests. */
  public double bytesPerSecond() {
    return seconds > 0 ? goodBytes / seconds : 0;
  }

  /** Whether every machine did what it was meant to. */
  public boolean clean() {
    return record.boots(MachineResult.FAILED) == 0 && probes.failures().isEmpty();
  }
}
