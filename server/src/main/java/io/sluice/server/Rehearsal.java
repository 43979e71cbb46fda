package io.sluice.server;

import io.netty.channel.ChannelFuture;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers some thousand requests of its own right after the server has started. Code that has
 * hardly run yet is interpreted: the first scripts of a storm would take a hundred times as long as
 * later ones, because their answering waits for the compiler on a machine that is full of
 * transfers.
 *
 * <p>The requests come over a port of their own on the loopback address; their files are in a
 * temporary folder, and nobody counts them. They come in two acts. The first lasts about a second
 * and goes as fast as it can; most of what answers a script is compiled then. The second goes on at
 * half that speed, and not while images are sent. Something is made from an image first, which
 * loads what that needs, native libraries among it. Then the same requests as before, until the
 * compilers have seen enough: the more they have to do, the more often they want to have seen a
 * method, and in the first act they have much to do.
 */
final class Rehearsal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);

  /** By then a script takes a tenth of the time the first one took. */
  private static final int FIRST_ROUNDS = 600;

  /**
   * By then next to nothing that a script or an image needs is left to the compilers for their
   * storms, see {@code -Xlog:jit+compilation=debug}; where there is an optimising one, it is done.
   */
  static final int ALL_ROUNDS = 9000;

  private static final long LONGEST_FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(2500);

  /** The compiler begins more threads when it has much to do: how often they are looked for. */
  private static final int ROUNDS_PER_LOOK = 500;

  /** How often it is looked whether images are still sent. */
  private static final long PAUSE_MILLIS = 200;

  private static final int SCRIPT_BYTES = 512;
  private static final int IMAGE_BYTES = 4 * 1024 * 1024;

  /** An image is asked for once in so many rounds. */
  private static final int ROUNDS_PER_IMAGE = 20;

  /** Many ask for it at once, as in a storm, once in so many rounds of the second act. */
  private static final int ROUNDS_PER_CROWD = 1000;

  private static final int CROWD = 64;

  private static final int PATIENCE_MILLIS = 2000;

  private static final String SCRIPT = "GET /ipxe/boot.ipxe HTTP/1.1";

  private static final String PROFILE =
      """
      #!ipxe
      kernel {{ base_url }}/boot/${buildarch}/{{ vars.kernel default "vmlinuz" | uri }} quiet
      {{ if "gpu" in tags and platform == "efi" }}
      initrd {{ base_url }}/boot/x86_64/gpu.img
      {{ elif image }}
      initrd {{ image_url }}
      {{ else }}
      {{ include "common" }}
      {{ end }}
      {{ for tag in tags }}
      echo {{ tag }}
      {{ end }}
      boot
      """;

  private static final List<String> SMALL =
      List.of(
          SCRIPT,
          "GET /boot/52:54:00:12:34:56 HTTP/1.1",
          "HEAD /images/disk.raw HTTP/1.1",
          "GET /pxelinux.cfg/default HTTP/1.0",
          "GET /pxelinux.cfg/none HTTP/1.0",
          "GET /boot/x86_64/vmlinuz HTTP/1.1\r\nIf-None-Match: \"none\"",
          "GET /images/disk.raw HTTP/1.1\r\nRange: bytes=1000-70000",
          "GET /images/disk.raw HTTP/1.1\r\nIf-None-Match: *",
          "GET /images/disk.raw HTTP/1.1\r\nRange: bytes=99999999-");

  private static final String ENDING = "\r\nConnection: close";

  private static final String IMAGE = "GET /images/disk.raw HTTP/1.1\r\nUser-Agent: iPXE/1.0.0";

  /** Each once: little of it is done so often that it is compiled. */
  private static final List<String> RARE =
      List.of(
          "GET /images/cloud.raw HTTP/1.1",
          "GET /images/cloud.raw HTTP/1.1\r\nRange: bytes=1000-70000",
          "GET /images/cloud.raw.zst HTTP/1.1",
          "GET /images/cloud.raw.sha256 HTTP/1.1",
          "GET /metrics HTTP/1.1\r\nAccept-Encoding: gzip");

  private static final DemoDisk CLOUD = new DemoDisk(4, 8);

  private final BooleanSupplier imagesAreSent;
  private final int rounds;
  private final byte[] sink = new byte[64 * 1024];
  private volatile @Nullable Thread thread;

  /**
   * A rehearsal that has not begun.
   *
   * @param imagesAreSent whether the server sends images to others
   * @param rounds how many requests, normally {@link #ALL_ROUNDS}
   */
  Rehearsal(BooleanSupplier imagesAreSent, int rounds) {
    this.imagesAreSent = imagesAreSent;
    this.rounds = rounds;
  }

  /**
   * What is rehearsed with.
   *
   * @param end ends what is behind the port, and waits for it
   */
  record Stage(ImagePort port, Runnable end) {}

  /**
   * Begins, and returns at once.
   *
   * @param stage makes what is asked, for the files below a folder
   */
  void begin(Function<Path, Stage> stage) {
    Thread begun = new Thread(() -> run(stage), "sluice-rehearsal");
    begun.setDaemon(true);
    thread = begun;
    begun.start();
  }

  /** Ends it, if it still goes on, and waits until its folder is gone. */
  @Override
  public void close() {
    Thread begun = thread;
    if (begun != null) {
      begun.interrupt();
      try {
        begun.join(PATIENCE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void run(Function<Path, Stage> stages) {
    try (TemporaryFolder folder = TemporaryFolder.make("sluice-rehearsal-")) {
      fill(folder.path());
      Stage stage = stages.apply(folder.path());
      try {
        perform(stage.port());
      } finally {
        // What ends has to end in peace, also for who is in a hurry: its files are deleted next.
        boolean hurry = Thread.interrupted();
        stage.end().run();
        if (hurry) {
          Thread.currentThread().interrupt();
        }
      }
    } catch (IOException | UncheckedIOException e) {
      LOG.debug("rehearsal ended early", e);
    }
  }

  private void perform(ImagePort port) throws IOException {
    ChannelFuture opened = port.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    if (opened.isSuccess()) {
      try {
        InetSocketAddress address = (InetSocketAddress) opened.channel().localAddress();
        secondAct(address, firstAct(address));
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      } finally {
        opened.channel().close().awaitUninterruptibly();
      }
    }
  }

  private static void fill(Path root) throws IOException {
    write(root.resolve("ipxe/boot.ipxe"), SCRIPT_BYTES);
    write(root.resolve("pxelinux.cfg/default"), SCRIPT_BYTES);
    write(root.resolve("profiles/common.ipxe"), 0);
    Files.writeString(root.resolve("profiles/default.ipxe"), PROFILE);
    write(root.resolve("boot/x86_64/vmlinuz"), IMAGE_BYTES / 16);
    write(root.resolve("images/disk.raw"), IMAGE_BYTES);
    CLOUD.write(root.resolve("images/cloud.qcow2"));
  }

  private static void write(Path file, int bytes) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[bytes]);
  }

  private int firstAct(InetSocketAddress address) throws IOException {
    long begun = System.nanoTime();
    int round = 0;
    while (round < Math.min(rounds, FIRST_ROUNDS)
        && System.nanoTime() - begun < LONGEST_FIRST_NANOS
        && !Thread.currentThread().isInterrupted()) {
      play(address, round);
      round++;
    }
    return round;
  }

  private void secondAct(InetSocketAddress address, int from)
      throws IOException, InterruptedException {
    CompilerThreads.giveWay();
    for (String request : RARE) {
      awaitQuiet();
      ask(address, request);
    }
    ResidentCode.keep();
    for (int round = from; round < rounds; round++) {
      awaitQuiet();
      long begun = System.nanoTime();
      play(address, round);
      TimeUnit.NANOSECONDS.sleep(System.nanoTime() - begun);
      if (round % ROUNDS_PER_CROWD == 0) {
        crowd(address);
      }
      if (round % ROUNDS_PER_LOOK == 0) {
        CompilerThreads.giveWay();
      }
    }
  }

  private void awaitQuiet() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("the server ends");
    }
    while (imagesAreSent.getAsBoolean()) {
      Thread.sleep(PAUSE_MILLIS);
    }
  }

  private void play(InetSocketAddress address, int round) throws IOException {
    String request = SMALL.get(round % SMALL.size());
    if (request.equals(SCRIPT)) {
      askAndHangUp(address);
    }
    ask(address, request);
    if (round % ROUNDS_PER_IMAGE == 0) {
      ask(address, IMAGE);
    }
  }

  private void crowd(InetSocketAddress address) throws IOException {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < CROWD; i++) {
        sockets.add(send(address, IMAGE + ENDING));
      }
      for (Socket socket : sockets) {
        read(socket, true);
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static Socket send(InetSocketAddress address, String request) throws IOException {
    Socket socket = new Socket();
    try {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(address, PATIENCE_MILLIS);
      String whole = request + "\r\nHost: rehearsal\r\n\r\n";
      socket.getOutputStream().write(whole.getBytes(StandardCharsets.US_ASCII));
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Asks for the script as many clients do, who end a connection that could be used again. It comes
   * in one piece.
   */
  private void askAndHangUp(InetSocketAddress address) throws IOException {
    try (Socket socket = send(address, SCRIPT)) {
      read(socket, false);
    }
  }

  private void ask(InetSocketAddress address, String request) throws IOException {
    try (Socket socket = send(address, request + ENDING)) {
      read(socket, true);
    }
  }

  /** What is late is not waited for any longer, and nothing ends for that. */
  private void read(Socket socket, boolean toTheEnd) throws IOException {
    InputStream answer = socket.getInputStream();
    int got;
    try {
      do {
        got = answer.read(sink);
      } while (toTheEnd && got >= 0);
    } catch (SocketTimeoutException late) {
      LOG.debug("rehearsal: an answer is late", late);
    }
  }
}
