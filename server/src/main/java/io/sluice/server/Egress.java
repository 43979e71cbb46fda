package io.sluice.server;

import com.sun.management.OperatingSystemMXBean;
import io.sluice.server.admission.Admission;
import io.sluice.server.admission.AdmissionLimits;
import io.sluice.server.config.ServerConfig;
import io.sluice.server.http.Senders;
import io.sluice.server.keyed.ByteBudget;
import io.sluice.server.readahead.ColdReads;
import io.sluice.server.readahead.ReadAheadFiles;
import io.sluice.server.schedule.BulkLoops;
import io.sluice.server.schedule.ImageLoops;
import io.sluice.server.schedule.Transport;
import io.sluice.server.telemetry.EgressInstruments;
import io.sluice.server.transfer.PartSources;
import io.sluice.server.transfer.PieceRoom;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Executor;

/**
 * How answers leave one server: its loops for large bodies, which transfers may run, what is read
 * ahead.
 */
final class Egress {
  private final Admission admission;
  private final Senders senders;

  /**
   * Sends on these loops.
   *
   * @param control loops of the connections, where waits end
   * @param readers pool that may wait for disks
   * @param events bytes of events that may wait for clients
   * @param pieces room for what is copied to be encrypted
   * @param life for what is open until the last transfer has ended
   * @throws IOException when there is no {@code /dev/null} or no folder for temporary files
   */
  Egress(
      ServerConfig.Egress config,
      Transport transport,
      ImageLoops control,
      ImageLoops bulk,
      Executor readers,
      EgressInstruments instruments,
      ByteBudget events,
      PieceRoom pieces,
      Lifetime life)
      throws IOException {
    FileChannel nothing =
        life.push(FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE));
    PartSources sources =
        life.push(
            new PartSources(
                new ColdReads(
                    readers, new ReadAheadFiles(nothing), memory(), System::nanoTime, instruments),
                pieces));
    admission =
        new Admission(
            new AdmissionLimits(
                config.maxStreams(), config.maxStreamsPerClient(), config.admissionWait()),
            control,
            System::nanoTime,
            instruments);
    BulkLoops.Rates rates =
        new BulkLoops.Rates(config.bytesPerSecond(), config.streamBytesPerSecond());
    senders =
        new Senders(
            new BulkLoops(bulk, control, transport, rates),
            admission,
            sources,
            Routes::receiver,
            events);
    instruments.watch(admission);
  }

  /** The memory of this machine, or of the container around the server. */
  private static long memory() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  Senders senders() {
    return senders;
  }

  /** Refuses all requests that wait for an image stream, and all that come. */
  void turnAway() {
    admission.close();
  }
}
