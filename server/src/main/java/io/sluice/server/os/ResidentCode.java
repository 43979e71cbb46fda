package io.sluice.server.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps in memory what the server runs from. Native libraries, the virtual machine among them, and
 * its class archive are files, and while an image larger than memory comes from a disk the kernel
 * drops pages of them that were not used for a moment. The loop that answers a script then waits
 * behind that disk for its own code. Linux only, and as far as the process may lock memory, see
 * mlock(2).
 */
public final class ResidentCode {
  private static final Logger LOG = LoggerFactory.getLogger(ResidentCode.class);

  private static final Path MAPPINGS = Path.of("/proc/self/maps");

  /** A line of proc_pid_maps(5): from, to, and the file; what may not be read is only reserved. */
  private static final Pattern MAPPING =
      Pattern.compile("(\\p{XDigit}+)-(\\p{XDigit}+) r\\S+ \\S+ \\S+ \\S+ +/.*\\.(so\\b.*|jsa)");

  private ResidentCode() {}

  private record Mapping(long from, long length) {
    static Stream<Mapping> of(String line) {
      Matcher fields = MAPPING.matcher(line);
      if (!fields.matches()) {
        return Stream.empty();
      }
      long from = Long.parseUnsignedLong(fields.group(1), 16);
      return Stream.of(new Mapping(from, Long.parseUnsignedLong(fields.group(2), 16) - from));
    }
  }

  /**
   * Keeps what is loaded by now.
   *
   * @return whether all of it is kept
   */
  static boolean keep() {
    if (!LibC.LOADED || !Files.isReadable(MAPPINGS)) {
      return false;
    }
    List<Mapping> mappings;
    try {
      // The small ones first, should there not be leave for all.
      mappings =
          Files.readAllLines(MAPPINGS).stream()
              .flatMap(Mapping::of)
              .sorted(Comparator.comparingLong(Mapping::length))
              .toList();
    } catch (IOException e) {
      LOG.debug("code may be dropped from memory", e);
      return false;
    }
    long dropped =
        mappings.stream()
            .filter(each -> LibC.mlock2(each.from(), each.length(), LibC.ON_FAULT) != 0)
            .mapToLong(Mapping::length)
            .sum();
    LOG.debug("{} bytes of code may be dropped from memory", dropped);
    return dropped == 0;
  }
}
