package io.sluice.server.http;

import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Brings what was done elsewhere back to the loop of a connection. */
final class OnLoop {
  private OnLoop() {}

  /** Goes on with a value or a failure on the loop, at once when that is where it is known. */
  static <T> void then(
      ChannelHandlerContext ctx,
      CompletionStage<T> stage,
      BiConsumer<? super @Nullable T, ? super @Nullable Throwable> next) {
    stage.whenComplete(
        (value, failure) -> {
          if (ctx.executor().inEventLoop()) {
            next.accept(value, failure);
          } else {
            ctx.executor().execute(() -> next.accept(value, failure));
          }
        });
  }
}
