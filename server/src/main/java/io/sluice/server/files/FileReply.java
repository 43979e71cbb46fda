package io.sluice.server.files;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.ReferenceCounted;
import io.sluice.server.http.HttpDate;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.http.ResponseFields;
import io.sluice.server.net.Selection;
import io.sluice.server.transfer.Extent;
import io.sluice.server.transfer.TransferPlan;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * From the bytes of a resource and a GET or HEAD to the answer: conditions first, then ranges (RFC
 * 9110 §13.2.2, §14).
 */
public final class FileReply {
  /**
   * A file up to this size, in bytes, is read when it is looked up, and leaves together with the
   * head of its answer: scripts and configurations.
   */
  static final int LARGEST_IN_MEMORY = 16 * 1024;

  private FileReply() {}

  /**
   * What is answered with.
   *
   * @param holds keeps the files of the plan open; handed on with a transfer, else released
   * @param plan all its bytes
   * @param digest its SHA-256 as 64 hexadecimal digits, where that is known
   */
  public record Representation(
      ReferenceCounted holds,
      TransferPlan plan,
      String contentType,
      Validators validators,
      Optional<String> digest) {}

  /**
   * The answer. The reference of the open file is handed on with a transfer, else released.
   *
   * @param digest the SHA-256 of the file, where that is known
   * @param now the time of the answer
   * @throws IOException when a small file cannot be read
   */
  public static Reply to(
      Request request,
      OpenFiles.Opened opened,
      String contentType,
      Optional<String> digest,
      Instant now)
      throws IOException {
    return to(
        request,
        new Representation(
            opened.file(),
            TransferPlan.ofFile(opened.file(), opened.identity().size()),
            contentType,
            Validators.of(opened.identity(), opened.settled(), now),
            digest));
  }

  /**
   * The answer. What it holds is handed on with a transfer, else released.
   *
   * @throws IOException when a small file cannot be read
   */
  public static Reply to(Request request, Representation found) throws IOException {
    boolean handedOn = false;
    try {
      Map<CharSequence, String> headers = fields(found.validators());
      headers.put(ResponseFields.ACCEPT_RANGES, "bytes");
      Optional<Reply> unmet = condition(request, found.validators(), headers);
      Reply reply = unmet.isPresent() ? unmet.get() : proceed(request, found, headers);
      handedOn = reply instanceof Reply.Transfer;
      return reply;
    } finally {
      if (!handedOn) {
        found.holds().release();
      }
    }
  }

  /** The header fields that name a state. */
  public static Map<CharSequence, String> fields(Validators validators) {
    Map<CharSequence, String> headers = new LinkedHashMap<>();
    headers.put(ResponseFields.LAST_MODIFIED, HttpDate.format(validators.lastModified()));
    headers.put(ResponseFields.ETAG, validators.etag());
    return headers;
  }

  /**
   * The answer to a request whose conditions are not met.
   *
   * @param headers what that answer says beside its status
   * @return empty when the request is answered as if it had no conditions
   */
  public static Optional<Reply> condition(
      Request request, Validators validators, Map<CharSequence, String> headers) {
    return switch (Preconditions.evaluate(request.headers(), validators)) {
      case FAILED ->
          Optional.of(
              new Reply.Problem(
                  HttpResponseStatus.PRECONDITION_FAILED,
                  request.path().text() + ": has changed (expected: the state the request names)",
                  headers));
      case NOT_MODIFIED -> Optional.of(new Reply.NotModified(headers));
      case PROCEED -> Optional.empty();
    };
  }

  private static Reply proceed(
      Request request, Representation found, Map<CharSequence, String> headers) throws IOException {
    long size = found.plan().length();
    RangeHeader ranges = rangesOf(request, found.validators(), size);
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
      return partOf(transfer(found, headers), wanted.ranges());
    }
    found.digest().ifPresent(hex -> headers.put(ResponseFields.REPR_DIGEST, reprDigest(hex)));
    Optional<byte[]> bytes = request.isHead() ? Optional.empty() : smallBytes(found.plan());
    return bytes.isPresent()
        ? new Reply.Page(HttpResponseStatus.OK, found.contentType(), bytes.get(), headers)
        : transfer(found, headers);
  }

  private static Reply.Transfer transfer(Representation found, Map<CharSequence, String> headers) {
    return new Reply.Transfer(
        HttpResponseStatus.OK, found.contentType(), found.holds(), found.plan(), headers);
  }

  /** A SHA-256 as {@code Repr-Digest} has it (RFC 9530 §3). */
  private static String reprDigest(String hex) {
    return "sha-256=:" + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex)) + ":";
  }

  /** All the bytes of a small body that is in memory or in one file. */
  private static Optional<byte[]> smallBytes(TransferPlan plan) throws IOException {
    if (plan.length() > LARGEST_IN_MEMORY || plan.extents().size() != 1) {
      return Optional.empty();
    }
    Extent all = plan.extents().get(0);
    if (all instanceof Extent.Memory memory && memory.bytes().length == plan.length()) {
      return Optional.of(memory.bytes());
    }
    return all instanceof Extent.File file ? Optional.of(bytesOf(file)) : Optional.empty();
  }

  private static byte[] bytesOf(Extent.File file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) file.length());
    while (bytes.hasRemaining()) {
      long at = file.offset() + bytes.position();
      int count;
      try {
        count = file.file().channel().read(bytes, at);
      } catch (IOException e) {
        throw new IOException(
            file.file().name() + ": cannot be read at offset " + at + ": " + e.getMessage(), e);
      }
      if (count < 0) {
        throw new EOFException(
            "became shorter than its " + file.length() + " bytes while it was read");
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
        new Selection(size, List.of(new Selection.Span(0, range.first(), range.length()))),
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
    List<Selection.Span> spans = new ArrayList<>();
    long at = 0;
    for (ByteRange range : ranges) {
      Extent head =
          text(
              "\r\n--"
                  + boundary
                  + "\r\nContent-Type: "
                  + whole.contentType()
                  + "\r\nContent-Range: "
                  + range.contentRange(size)
                  + "\r\n\r\n");
      extents.add(head);
      spans.add(new Selection.Span(at + head.length(), range.first(), range.length()));
      at += head.length() + range.length();
      extents.addAll(whole.plan().slice(range.first(), range.length()).extents());
    }
    extents.add(text("\r\n--" + boundary + "--\r\n"));
    return new Reply.Transfer(
        HttpResponseStatus.PARTIAL_CONTENT,
        "multipart/byteranges; boundary=" + boundary,
        whole.holds(),
        TransferPlan.of(extents),
        new Selection(size, spans),
        whole.headers());
  }

  private static Extent text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return new Extent.Memory(bytes, 0, bytes.length);
  }
}
