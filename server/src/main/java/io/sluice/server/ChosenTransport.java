package io.sluice.server;

import io.sluice.server.config.ServerConfig;
import io.sluice.server.config.UnusableSettingException;
import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.util.Locale;

/** From what the operator wants sockets to be waited for with, to what is there. */
final class ChosenTransport {
  private ChosenTransport() {}

  /**
   * The transport that was chosen.
   *
   * @throws IOException when it does not work on this machine, with a message for the operator
   */
  static Transport of(ServerConfig.TransportChoice choice) throws IOException {
    Transport transport =
        switch (choice) {
          case AUTO -> Transport.best();
          case EPOLL -> Transport.EPOLL;
          case NIO -> Transport.NIO;
          case IO_URING -> Transport.IO_URING;
        };
    Throwable unavailability = transport.unavailability();
    if (unavailability != null) {
      throw new UnusableSettingException(
          "transport: "
              + transport.name().toLowerCase(Locale.ROOT)
              + " (expected: one that works on this machine; "
              + unavailability.getMessage()
              + ")");
    }
    return transport;
  }
}
