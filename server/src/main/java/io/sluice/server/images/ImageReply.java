package io.sluice.server.images;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.ReferenceCounted;
import io.sluice.server.files.ContentTypes;
import io.sluice.server.files.FileReply;
import io.sluice.server.files.Validators;
import io.sluice.server.http.Reply;
import io.sluice.server.http.Request;
import io.sluice.server.transfer.TransferPlan;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * The answers to one request for something that is derived from an image, in one state of the
 * image.
 *
 * @param request has the parameter {@code name}
 */
record ImageReply(Request request, Validators validators) {
  /** What was asked for. */
  String name() {
    return request.parameter("name");
  }

  /** The header fields that name the state. */
  Map<CharSequence, String> fields() {
    return FileReply.fields(validators);
  }

  /** The answer to a request whose conditions are not met. */
  Optional<Reply> unmet() {
    return FileReply.condition(request, validators, fields());
  }

  /** The answer to a HEAD for what is not made yet: nothing is made for it. */
  Reply head() {
    return growing(Unpooled.EMPTY_BUFFER, TransferPlan.ofUnknownLength());
  }

  /** All of what is being made, without ranges. */
  Reply growing(ReferenceCounted holds, TransferPlan plan) {
    return new Reply.Transfer(
        HttpResponseStatus.OK, ContentTypes.of(name()), holds, plan, fields());
  }

  /**
   * What is there, whole or in ranges.
   *
   * @param holds keeps the files of the plan open; handed on with a transfer, else released
   * @param digest its SHA-256 in hex, where that is known
   */
  Reply of(ReferenceCounted holds, TransferPlan plan, Optional<String> digest) throws IOException {
    return FileReply.to(
        request,
        new FileReply.Representation(holds, plan, ContentTypes.of(name()), validators, digest));
  }
}
