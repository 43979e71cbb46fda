package io.sluice.server.api.resource;

import io.sluice.server.http.Reply;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One page of a list as JSON; it ends early when it has become long: it has to be in memory. */
public final class PagedList {
  static final int STANDARD_PAGE = 100;
  static final int LARGEST_PAGE = 1000;

  /** In bytes. */
  public static final int LONGEST_PAGE = 256 * 1024;

  private final ByteArrayOutputStream answer = new ByteArrayOutputStream();
  private boolean empty = true;
  private String last = "";
  private String next;

  /**
   * An empty page.
   *
   * @param member of the object that has the list
   * @param next after which name the next page begins if this one has all it is to have; empty for
   *     the last page
   */
  public PagedList(String member, String next) {
    this.next = next;
    ascii("{\"" + member + "\":[");
  }

  /** Whether no more may be added; the next page begins with what was not. */
  public boolean isFull() {
    boolean full = answer.size() >= LONGEST_PAGE;
    if (full) {
      continues();
    }
    return full;
  }

  /** The next page begins after what was added last. */
  public void continues() {
    next = last;
  }

  /** Adds what goes by a name. */
  public void add(String name, Map<String, @Nullable Object> document) {
    if (!empty) {
      ascii(",");
    }
    empty = false;
    last = name;
    answer.writeBytes(Json.bytes(document));
  }

  /** The page, with more members of its object. */
  public Reply.Page reply(Map<String, Object> more) {
    ascii("]");
    more.forEach(this::member);
    if (!next.isEmpty()) {
      member("next", next);
    }
    ascii("}");
    return Json.ok(answer.toByteArray());
  }

  public Reply reply() {
    return reply(Map.of());
  }

  private void member(String name, Object value) {
    ascii(",\"" + name + "\":");
    answer.writeBytes(Json.bytes(value));
  }

  private void ascii(String text) {
    answer.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }
}
