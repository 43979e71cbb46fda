import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server with every fault a storm has to notice; run as {@code java FaultyServer.java PORT}. */
final class FaultyServer {
  private static final long PERIOD_NANOS = 5_000_000_000L;
  private static final long STALL_NANOS = 1_000_000_000L;
  private static final long BEGAN = System.nanoTime();

  private FaultyServer() {}

  public static void main(String[] args) throws IOException {
    ExecutorService threads = Executors.newCachedThreadPool();
    int port = Integer.parseInt(args[0]);
    try (ServerSocket listener = new ServerSocket(port, 1024, InetAddress.getLoopbackAddress())) {
      while (true) {
        Socket socket = listener.accept();
        threads.execute(() -> serve(socket));
      }
    }
  }

  private static void serve(Socket socket) {
    try (socket;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String path = line.split(" ", -1)[1];
        while (line != null && !line.isEmpty()) {
          line = in.readLine();
        }
        if (!answer(path, socket)) {
          return;
        }
      }
    } catch (IOException | InterruptedException gone) {
      // The storm is over.
    }
  }

  /** False closes the connection. */
  private static boolean answer(String path, Socket socket)
      throws IOException, InterruptedException {
    switch (path) {
      case "/stall" -> {
        long in = (System.nanoTime() - BEGAN) % PERIOD_NANOS;
        if (in < STALL_NANOS) {
          Thread.sleep((STALL_NANOS - in) / 1_000_000 + 1);
        }
        return say(socket, "200 OK", 512, 512);
      }
      case "/404" -> {
        return say(socket, "404 Not Found", 9, 9);
      }
      case "/500" -> {
        return say(socket, "500 Internal Server Error", 9, 9);
      }
      case "/short" -> {
        say(socket, "200 OK", 1000, 400);
        return false;
      }
      case "/long" -> {
        return say(socket, "200 OK", 400, 1000);
      }
      case "/reset" -> {
        say(socket, "200 OK", 1000, 400);
        socket.setSoLinger(true, 0);
        return false;
      }
      case "/close" -> {
        return false;
      }
      case "/silence" -> {
        return true;
      }
      case "/garbage" -> {
        socket.getOutputStream().write("SSH-2.0-OpenSSH\r\n".getBytes(StandardCharsets.US_ASCII));
        return true;
      }
      default -> {
        return say(socket, "200 OK", 1000, 1000);
      }
    }
  }

  private static boolean say(Socket socket, String status, int announced, int sent)
      throws IOException {
    OutputStream out = socket.getOutputStream();
    String head = "HTTP/1.1 " + status + "\r\nServer: faulty\r\nContent-Length: " + announced;
    out.write((head + "\r\n\r\n" + "x".repeat(sent)).getBytes(StandardCharsets.US_ASCII));
    return true;
  }
}
