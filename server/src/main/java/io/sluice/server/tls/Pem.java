package io.sluice.server.tls;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The textual encoding of certificates and keys (RFC 7468). Pure. */
final class Pem {
  private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([A-Z0-9 ]{1,40})-----");

  private Pem() {}

  /**
   * What stands between two lines.
   *
   * @param label such as {@code CERTIFICATE}
   * @param encrypted whether it needs a passphrase, as the fields of RFC 1421 §4.6.1 say
   * @param der the bytes
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Block(String label, boolean encrypted, byte[] der) {}

  /** All blocks of a file, in order; what is no block, or none that can be read, is passed over. */
  static List<Block> blocks(byte[] file) {
    List<Block> found = new ArrayList<>();
    String label = "";
    StringBuilder body = new StringBuilder();
    for (String line : new String(file, StandardCharsets.US_ASCII).lines().toList()) {
      Matcher begin = BEGIN.matcher(line.strip());
      if (begin.matches()) {
        label = begin.group(1);
        body.setLength(0);
      } else if (line.startsWith("-----END " + label + "-----")) {
        block(label, body.toString()).ifPresent(found::add);
        label = "";
      } else if (!label.isEmpty()) {
        body.append(line).append('\n');
      }
    }
    return found;
  }

  private static Optional<Block> block(String label, String body) {
    boolean encrypted = label.startsWith("ENCRYPTED") || body.contains("ENCRYPTED");
    try {
      byte[] der = encrypted ? new byte[0] : Base64.getMimeDecoder().decode(body);
      return Optional.of(new Block(label, encrypted, der));
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
  }
}
