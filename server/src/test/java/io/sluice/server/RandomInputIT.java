package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is sent, the server stays whole and keeps its inside to itself. */
@ParameterizedClass
@MethodSource("io.sluice.server.RunningServer#transports")
@ExtendWith(NothingLeaks.class)
class RandomInputIT {
  @TempDir Path root;
  @Parameter Transport transport;
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    server = RunningServer.start(root, transport);
    server.write("images/disk.raw", 100);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  @Test
  void thousandsOfRandomInputsNeitherHangNorLeakNorShowTheInside() throws Exception {
    Random random = new Random(20_240_817);
    String[] pieces = {
      "GET ",
      "/images/disk.raw",
      " HTTP/1.1",
      "\r\n",
      "\n",
      "\r",
      "Host: x\r\n",
      "\r\n\r\n",
      "\0",
      "Content-Length: ",
      "5",
      "Transfer-Encoding: chunked\r\n",
      "0\r\n\r\n",
      "%",
      ":",
      " ",
      "HEAD ",
      "Range: bytes=0-1,3-\r\n",
      "ffff\r\n",
      "\u00ff\u00fe",
      "HTTP/1.0",
      "Expect: 100-continue\r\n",
      "POST ",
      "/",
      "..",
      "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
      "Connection: close\r\n",
      "?"
    };
    for (int connection = 0; connection < 400; connection++) {
      try (RawClient client = server.client()) {
        StringBuilder input = new StringBuilder();
        for (int i = random.nextInt(30); i >= 0; i--) {
          if (random.nextInt(8) == 0) {
            byte[] noise = new byte[random.nextInt(40)];
            random.nextBytes(noise);
            input.append(new String(noise, StandardCharsets.ISO_8859_1));
          } else {
            input.append(pieces[random.nextInt(pieces.length)]);
          }
        }
        client.send(input.toString()).endOutput();
        String output = new String(client.rest(), StandardCharsets.ISO_8859_1);
        assertFalse(output.contains("Exception") || output.contains("\tat "), output);
        assertTrue(output.isEmpty() || output.startsWith("HTTP/1.1 "), output);
      }
    }
    try (RawClient client = server.client()) {
      assertEquals(200, client.get("/healthz").status());
    }
  }
}
