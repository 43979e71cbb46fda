package io.sluice.server.net;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which disk of a machine an image is written to: words with white space or commas between them,
 * all of which must hold for the disk; the installer looks. Removable and read-only disks, and such
 * that are smaller than the image, are never meant.
 *
 * <ul>
 *   <li>{@code only} (the standard), {@code smallest}, {@code largest}: which of those that are
 *       left
 *   <li>{@code empty}: neither partitions nor a file system
 *   <li>{@code size>=100G}, {@code size<=2T}: K, M, G, T and P are powers of 1000
 *   <li>{@code transport=nvme}; also sata, sas, scsi, usb, virtio, mmc, iscsi, fc
 *   <li>{@code serial=…}, {@code wwn=…}, {@code model=…}, {@code by-id=…}: with {@code *} and
 *       {@code ?}, in either case of letters
 *   <li>{@code /dev/…}: this one
 * </ul>
 */
public final class DiskRule {
  /** What a rule may be, for messages. */
  public static final String EXPECTED =
      "words such as only, smallest, largest, empty, size>=100G, transport=nvme, model=…, serial=…,"
          + " wwn=…, by-id=… or /dev/…, at most one of the first three";

  private static final Pattern PICK = Pattern.compile("only|smallest|largest");
  private static final Pattern WORD =
      Pattern.compile(
          "empty|size[<>]=\\d{1,15}(?:\\.\\d{1,3})?[KMGTPkmgtp]?"
              + "|transport=(?:nvme|sata|sas|scsi|usb|virtio|mmc|iscsi|fc)"
              + "|(?:serial|wwn|model|by-id)=[A-Za-z0-9._:*?+-]{1,100}"
              + "|/dev/[A-Za-z0-9._:/+-]{1,100}");

  private DiskRule() {}

  /**
   * The word of a rule that is none; empty when the rule is good. An empty rule is the standard.
   */
  public static Optional<String> problemOf(String rule) {
    String pick = "";
    for (String word : rule.split("[\\s,]+", -1)) {
      if (PICK.matcher(word).matches()) {
        if (!pick.isEmpty() && !pick.equals(word)) {
          return Optional.of(pick + " " + word);
        }
        pick = word;
      } else if (!word.isEmpty() && !WORD.matcher(word).matches()) {
        return Optional.of(word);
      }
    }
    return Optional.empty();
  }
}
