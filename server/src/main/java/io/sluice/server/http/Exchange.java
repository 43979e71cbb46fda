package io.sluice.server.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.sluice.server.egress.SendProgress;

/**
 * One request and what becomes of it and of its connection. Used on the loop of the connection
 * only.
 */
final class Exchange implements SendProgress {
  /**
   * How much of a body that nobody wants is read for the sake of keeping the connection, in bytes.
   */
  static final int MAX_DISCARDED_BYTES = 64 * 1024;

  private final HttpRequest head;
  private boolean keepAlive;
  private boolean answering;
  private boolean held;
  private long discarded;
  private boolean bodyEnded;
  private SendProgress progress = SendProgress.atOnce();

  Exchange(HttpRequest head) {
    this.head = head;
    this.keepAlive = HttpUtil.isKeepAlive(head);
  }

  /** Stands for a request of which not even the head has arrived. */
  static Exchange withoutHead() {
    return new Exchange(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/"));
  }

  HttpRequest head() {
    return head;
  }

  /**
   * Whether the request announces a body that is not read: too long, or held back until a 100 that
   * is not given.
   */
  boolean bodyIsUnwelcome() {
    boolean hasBody =
        HttpUtil.isTransferEncodingChunked(head) || HttpUtil.getContentLength(head, 0L) > 0;
    return hasBody
        && (HttpUtil.is100ContinueExpected(head)
            || HttpUtil.getContentLength(head, 0L) > MAX_DISCARDED_BYTES);
  }

  /** Counts a piece of the body. */
  boolean discardedTooMuch(int bytes) {
    discarded += bytes;
    return discarded > MAX_DISCARDED_BYTES;
  }

  /** The whole request has been read. */
  void bodyEnded() {
    bodyEnded = true;
  }

  /**
   * From here on the request is being answered. What has not been read of it by now ends the
   * connection.
   */
  void answering() {
    answering = true;
    if (!bodyEnded) {
      keepAlive = false;
    }
  }

  boolean isAnswering() {
    return answering;
  }

  /** Whether the answer waits for its admission, and nothing of it has been sent. */
  void held(boolean waits) {
    held = waits;
  }

  boolean isHeld() {
    return held;
  }

  /** The connection is not used again. */
  void closeAfterwards() {
    keepAlive = false;
  }

  boolean keepAlive() {
    return keepAlive;
  }

  ReplyWriter.Framing framing() {
    boolean old = head.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0;
    return new ReplyWriter.Framing(HttpMethod.HEAD.equals(head.method()), keepAlive, old);
  }

  /** Where to ask how far the answer is. */
  void progress(SendProgress answer) {
    progress = answer;
  }

  @Override
  public long sentBytes() {
    return progress.sentBytes();
  }

  @Override
  public boolean waitsForClient() {
    return progress.waitsForClient();
  }
}
