package io.sluice.server.files;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.server.egress.Extent;
import io.sluice.server.egress.OpenFile;
import io.sluice.server.egress.TransferPlan;
import io.sluice.server.http.HttpDate;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * From an open file and a GET or HEAD to the answer: conditions first, then ranges (RFC 9110
 * §13.2.2, §14).
 */
final class FileReply {
  /**
   * A file up to this size, in bytes, is read when it is looked up, and leaves together with the
   * head of its answer: scripts and configurations.
   */
  static final int LARGEST_IN_MEMORY = 16 * 1024;

  private FileReply() {}

  /**
   * The answer. The reference of the open file is handed on with a transfer, else released.
   *
   * @param now the time of the answer
   * @throws IOException when a small file cannot be read
   */
  static Reply to(Request request, OpenFiles.Opened opened, String contentType, Instant now)
      throws IOException {
    boolean handedOn = false;
    try {
      Reply reply = answer(request, opened, contentType, Validators.of(opened, now));
      handedOn = reply instanceof Reply.Transfer;
      return reply;
    } finally {
      if (!handedOn) {
        opened.file().release();
      }
    }
  }

  private static Reply answer(
      Request request, OpenFiles.Opened opened, String contentType, Validators validators)
      throws IOException {
    Map<CharSequence, String> headers = new LinkedHashMap<>();
    headers.put(ResponseFields.LAST_MODIFIED, HttpDate.format(validators.lastModified()));
    headers.put(ResponseFields.ETAG, validators.etag());
    headers.put(ResponseFields.ACCEPT_RANGES, "bytes");
    return switch (Preconditions.evaluate(request.headers(), validators)) {
      case FAILED ->
          new Reply.Problem(
              HttpResponseStatus.PRECONDITION_FAILED,
              request.path().text() + ": has changed (expected: the state the request names)",
              headers);
      case NOT_MODIFIED -> new Reply.NotModified(headers);
      case PROCEED -> proceed(request, opened, contentType, validators, headers);
    };
  }

  private static Reply proceed(
      Request request,
      OpenFiles.Opened opened,
      String contentType,
      Validators validators,
      Map<CharSequence, String> headers)
      throws IOException {
    long size = opened.identity().size();
    RangeHeader ranges = rangesOf(request, validators, size);
    if (ranges instanceof RangeHeader.Refused) {
      headers.put(ResponseFields.CONTENT_RANGE, "bytes */" + size);
      return new Reply.Problem(
          HttpResponseStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
          "Range (expected: up to "
              + RangeHeader.MAX_RANGES
              + " ranges, hardly overlapping, of the "
              + size
              + " bytes there are)",
          headers);
    }
    if (ranges instanceof RangeHeader.Satisfiable wanted) {
      return partOf(whole(opened, contentType, headers), wanted.ranges());
    }
    return request.isHead() || size > LARGEST_IN_MEMORY
        ? whole(opened, contentType, headers)
        : new Reply.Page(
            HttpResponseStatus.OK, contentType, bytesOf(opened.file(), (int) size), headers);
  }

  private static Reply.Transfer whole(
      OpenFiles.Opened opened, String contentType, Map<CharSequence, String> headers) {
    return new Reply.Transfer(
        HttpResponseStatus.OK,
        contentType,
        opened.file(),
        TransferPlan.ofFile(opened.file(), opened.identity().size()),
        headers);
  }

  private static byte[] bytesOf(OpenFile file, int size) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(size);
    while (bytes.hasRemaining()) {
      if (file.channel().read(bytes, bytes.position()) < 0) {
        throw new EOFException("became shorter than its " + size + " bytes while it was read");
      }
    }
    return bytes.array();
  }

  private static RangeHeader rangesOf(Request request, Validators validators, long size) {
    List<String> fields = request.headers().getAll(HttpHeaderNames.RANGE);
    // Range is defined for GET only (§14.2).
    if (fields.size() != 1
        || request.isHead()
        || !Preconditions.rangeApplies(request.headers(), validators)) {
      return new RangeHeader.Ignored();
    }
    return RangeHeader.parse(fields.get(0), size);
  }

  private static Reply partOf(Reply.Transfer whole, List<ByteRange> ranges) {
    long size = whole.plan().length();
    if (ranges.size() > 1) {
      return multipart(whole, ranges);
    }
    ByteRange range = ranges.get(0);
    whole.headers().put(ResponseFields.CONTENT_RANGE, range.contentRange(size));
    return new Reply.Transfer(
        HttpResponseStatus.PARTIAL_CONTENT,
        whole.contentType(),
        whole.holds(),
        whole.plan().slice(range.first(), range.length()),
        whole.headers());
  }

  /**
   * multipart/byteranges (RFC 9110 §14.6): the parts in the order asked for, each under a head of
   * its own.
   */
  private static Reply multipart(Reply.Transfer whole, List<ByteRange> ranges) {
    long size = whole.plan().length();
    byte[] random = new byte[16];
    ThreadLocalRandom.current().nextBytes(random);
    String boundary = HexFormat.of().formatHex(random);
    List<Extent> extents = new ArrayList<>();
    for (ByteRange range : ranges) {
      extents.add(
          text(
              "\r\n--"
                  + boundary
                  + "\r\nContent-Type: "
                  + whole.contentType()
                  + "\r\nContent-Range: "
                  + range.contentRange(size)
                  + "\r\n\r\n"));
      extents.addAll(whole.plan().slice(range.first(), range.length()).extents());
    }
    extents.add(text("\r\n--" + boundary + "--\r\n"));
    return new Reply.Transfer(
        HttpResponseStatus.PARTIAL_CONTENT,
        "multipart/byteranges; boundary=" + boundary,
        whole.holds(),
        TransferPlan.of(extents),
        whole.headers());
  }

  private static Extent text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return new Extent.Memory(bytes, 0, bytes.length);
  }
}
