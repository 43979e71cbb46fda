package io.sluice.server.tls;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Where an operator keeps what TLS needs; all in PEM (RFC 7468).
 *
 * @param certificate of the server, and behind it those that lead to a root its clients know
 * @param key of the certificate, without a passphrase
 * @param clientCa whose certificates identify clients; empty when clients are not asked for any
 */
public record TlsFiles(Path certificate, Path key, Optional<Path> clientCa) {}
