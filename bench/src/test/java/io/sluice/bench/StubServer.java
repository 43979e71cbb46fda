package io.sluice.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A server on loopback that answers each request as a test wants it to. */
public final class StubServer implements AutoCloseable {
  /** Answers one request. */
  @FunctionalInterface
  public interface Behaviour {
    /** Writes what it likes; false closes the connection. */
    boolean answer(String path, int request, Socket socket) throws IOException;
  }

  private final ServerSocket listener;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();

  public StubServer(Behaviour behaviour) throws IOException {
    this(0, behaviour);
  }

  public StubServer(int port, Behaviour behaviour) throws IOException {
    listener = new ServerSocket(port, 4096, InetAddress.getLoopbackAddress());
    threads.execute(
        () -> {
          while (!listener.isClosed()) {
            try {
              Socket socket = listener.accept();
              connections.incrementAndGet();
              open.add(socket);
              threads.execute(() -> serve(socket, behaviour));
            } catch (IOException closed) {
              return;
            }
          }
        });
  }

  private void serve(Socket socket, Behaviour behaviour) {
    try (socket;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String path = line.split(" ", -1)[1];
        while (!line.isEmpty()) {
          line = in.readLine();
          if (line == null) {
            return;
          }
        }
        if (!behaviour.answer(path, requests.getAndIncrement(), socket)) {
          return;
        }
      }
    } catch (IOException gone) {
      // The other side went first.
    } finally {
      open.remove(socket);
    }
  }

  /** Writes text as it is. */
  public static void say(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  /** A whole answer. */
  public static boolean ok(Socket socket, int bytes) throws IOException {
    say(
        socket,
        "HTTP/1.1 200 OK\r\nServer: stub\r\nContent-Length: "
            + bytes
            + "\r\n\r\n"
            + "x".repeat(bytes));
    return true;
  }

  public int port() {
    return listener.getLocalPort();
  }

  public String url() {
    return "http://127.0.0.1:" + port();
  }

  public int requests() {
    return requests.get();
  }

  public int connections() {
    return connections.get();
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    threads.shutdownNow();
  }
}
