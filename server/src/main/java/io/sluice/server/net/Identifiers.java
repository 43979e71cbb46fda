package io.sluice.server.net;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which UUIDs, serial numbers and MAC addresses name one machine. Firmware whose vendor did not
 * fill them in says the same on thousands of boards (SMBIOS §7.2), and a server that matched by it
 * would take one machine for another.
 */
public final class Identifiers {
  private static final Pattern UUID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  /**
   * What reference firmware and vendors ship; each stands for its form in the other byte order too.
   */
  private static final Set<String> DEFAULT_UUIDS =
      Set.of(
          // AMI's reference BIOS, which counts; where the vendor puts a MAC between, it is unique.
          "03000200-0400-0500-0006-000700080009",
          "00010203-0405-0607-0809-0a0b0c0d0e0f",
          "01020304-0506-0708-090a-0b0c0d0e0f10",
          "00112233-4455-6677-8899-aabbccddeeff",
          "01234567-89ab-cdef-0123-456789abcdef",
          "12345678-1234-5678-90ab-cddeefaabbcc",
          "12345678-1234-5678-1234-567812345678",
          "12345678-1234-1234-1234-123456789abc",
          "12345678-1234-1234-1234-123456789012",
          "12345678-90ab-cdef-1234-567890abcdef",
          "12345678-9abc-def0-1234-56789abcdef0",
          "fedcba98-7654-3210-fedc-ba9876543210",
          "11111111-2222-3333-4444-555555555555",
          "deadbeef-dead-beef-dead-beefdeadbeef",
          // Dell without a service tag.
          "4c4c4544-0000-2010-8020-80c04f202020",
          "4c4c4544-0020-2010-8020-a0c04f202020",
          // The first boards with Arm's reference firmware.
          "8a95d198-7f46-11e5-bf8b-08002704d48e",
          "6ab5b300-538d-1014-9fb5-b0684d007b53");

  /** Letters and digits of serial numbers that are none. */
  private static final Set<String> DEFAULT_SERIALS =
      Set.of(
          "na",
          "none",
          "null",
          "nil",
          "nullstring",
          "unknown",
          "unknow",
          "invalid",
          "empty",
          "blank",
          "undefined",
          "unspecified",
          "notspecified",
          "notapplicable",
          "notavailable",
          "notassigned",
          "notdefined",
          "notfound",
          "notpresent",
          "notprovided",
          "notset",
          "notsettable",
          "notsupported",
          "noserial",
          "default",
          "defaultstring",
          "defaultvalue",
          "standard",
          "string",
          "serial",
          "serialno",
          "serialnum",
          "enterserial",
          "oem",
          "oemserial",
          "oemstring",
          "systemmanufacturer",
          "sample",
          "0xff",
          "oemdefine",
          "tbd",
          "tbdbyoem",
          "tobedefined",
          "test",
          "eval",
          "iatpass",
          "tulipcomputers",
          "abcdef",
          "deadbeef");

  /** "To be filled by O.E.M." and "Base Board Serial Number", in the spellings vendors have. */
  private static final Pattern PLACEHOLDER =
      Pattern.compile(
          ".*(filled|set|defined|specified)by(the)?(oem|user|customer|manufacturer|vendor).*"
              + "|(tobe|pleasebe)?filled.*|[a-z]*(type\\d[a-z]*)?serialnumber[x0]*|[a-z]*serialno|systemserial|oemdefine\\d*");

  /**
   * Counting from 0 or 1, which keyboards are typed along, with a label before it or zeros behind.
   */
  private static final Pattern LABEL =
      Pattern.compile("^(sys|ssn|sn|mb|bs|nb|chassis|serial)(?=\\d)");

  private static final String COUNTING = "0123456789".repeat(26);
  private static final int SHORTEST_COUNTING = 3;

  private Identifiers() {}

  /** Whether this is spelled like a UUID, in small letters; it may be one that names nothing. */
  public static boolean isUuid(String text) {
    return UUID.matcher(text).matches();
  }

  /**
   * A UUID that names one machine.
   *
   * @param text in either case, with white space around it
   * @return in small letters; empty for what is no UUID, for all bytes the same, and for those that
   *     vendors ship
   */
  public static Optional<String> uuid(String text) {
    String uuid = trimmed(text).toLowerCase(Locale.ROOT);
    if (!isUuid(uuid) || isOneByteRepeated(uuid)) {
      return Optional.empty();
    }
    return DEFAULT_UUIDS.contains(uuid) || DEFAULT_UUIDS.contains(otherByteOrder(uuid))
        ? Optional.empty()
        : Optional.of(uuid);
  }

  /**
   * A serial number that names one machine, as it is compared: without white space around it and in
   * small letters.
   *
   * @return empty for an empty one, and for what vendors write who have none
   */
  public static Optional<String> serial(String text) {
    String serial = trimmed(text).toLowerCase(Locale.ROOT);
    String told = serial.replaceAll("[^\\p{L}\\p{N}]", "");
    return told.chars().distinct().count() < 2
            || DEFAULT_SERIALS.contains(told)
            || PLACEHOLDER.matcher(told).matches()
            || isCounting(LABEL.matcher(told).replaceFirst(""))
        ? Optional.empty()
        : Optional.of(serial);
  }

  /**
   * Whether a MAC address names one card: not all zeros, and not a group, of which all ones is one
   * (IEEE 802 §8.2).
   *
   * @param mac with two digits first, such as {@code 52:54:00:12:34:56}
   */
  public static boolean isMac(String mac) {
    boolean group = (Integer.parseInt(mac.substring(0, 2), 16) & 1) != 0;
    return !group && mac.chars().anyMatch(c -> c != '0' && c != ':');
  }

  /** Without the white space and control characters that SMBIOS strings are padded with. */
  public static String trimmed(String text) {
    int begin = 0;
    int end = text.length();
    while (begin < end && isPadding(text.charAt(begin))) {
      begin++;
    }
    while (end > begin && isPadding(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(begin, end);
  }

  private static boolean isPadding(char c) {
    return Character.isWhitespace(c)
        || Character.isSpaceChar(c)
        || Character.isISOControl(c)
        || c == '\ufeff'
        || c == '\u200b';
  }

  private static boolean isOneByteRepeated(String uuid) {
    String digits = uuid.replace("-", "");
    return digits.equals(digits.substring(0, 2).repeat(16));
  }

  /** SMBIOS before 2.6 did not say in which order the bytes of the first three parts are. */
  private static String otherByteOrder(String uuid) {
    StringBuilder swapped = new StringBuilder();
    for (int i : new int[] {6, 4, 2, 0, 11, 9, 16, 14}) {
      swapped.append(uuid, i, i + 2);
      if (i == 0 || i == 9) {
        swapped.append('-');
      }
    }
    return swapped + uuid.substring(18);
  }

  private static boolean isCounting(String digits) {
    String counted = digits.replaceFirst("0+$", "");
    return (digits.length() >= SHORTEST_COUNTING && isRun(digits))
        || (counted.length() >= SHORTEST_COUNTING && isRun(counted))
        || digits.equals("987654321")
        || digits.equals("9876543210");
  }

  private static boolean isRun(String digits) {
    return COUNTING.startsWith(digits) || COUNTING.startsWith(digits, 1);
  }
}
