package io.sluice.server.http.connection;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;

/** Makes the handlers that a connection with TLS has and others do not. */
public interface TlsHandlers {
  /** What came of a handshake. */
  enum Handshake {
    /** The connection is safe. */
    DONE,
    /** The sides did not agree, the client did not trust the server, or was not trusted. */
    FAILED,
    /** The client took too long. */
    TIMEOUT,
    /** The client does not speak TLS. */
    NOT_TLS
  }

  /** TLS of one connection, with the certificate that the server has now. */
  SslHandler tls(ByteBufAllocator allocator);

  /** A handshake has ended; told on the loop of its connection. */
  void ended(Handshake how);
}
