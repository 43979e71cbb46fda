package io.sluice.server.status;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * The page that shows a running server. It is static: its script reads {@code /metrics} from where
 * the page came from.
 */
public final class StatusPage {
  /** Media type of the page. */
  public static final String CONTENT_TYPE = "text/html; charset=utf-8";

  /** Media type of the icon. */
  public static final String ICON_TYPE = "image/svg+xml";

  private static final byte[] HTML = resource("status.html");
  private static final byte[] ICON = resource("icon.svg");

  private StatusPage() {}

  /** The page. */
  public static byte[] html() {
    return HTML.clone();
  }

  /** Its icon. */
  public static byte[] icon() {
    return ICON.clone();
  }

  private static byte[] resource(String name) {
    try (InputStream in = StatusPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + ": not in the jar");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }
}
