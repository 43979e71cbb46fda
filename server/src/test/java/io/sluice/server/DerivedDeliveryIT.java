package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.server.schedule.Transport;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DerivedDeliveryIT {
  private static final String MACHINE = "/api/v1/machines/n1";
  private static final String BOOT = "/boot/52:54:00:00:00:01";

  @TempDir Path root;

  @Test
  void aCopyThatIsSentWhileItIsMadeIsProofWhenAllOfItWasDelivered() throws Exception {
    try (RunningServer server = RunningServer.start(root, Transport.best())) {
      ApiClient api = new ApiClient(server.address());
      server.write("images/big.raw", 700_000);
      server.write("boot/x86_64/vmlinuz", "kernel".getBytes(StandardCharsets.UTF_8));
      api.send("PUT", MACHINE, "{\"macs\":[\"5254.0000.0001\"]}");
      String terms = "{\"image\":\"big.raw\",\"proof\":\"bytes\"}";
      assertEquals(200, api.send("POST", MACHINE + "/install", terms).status());
      Await.until("the digest is known", () -> api.get(BOOT).status() == 200);
      String script = api.get(BOOT).text();
      String url =
          script
              .replaceAll("(?s).*sluice.image=http://[^/]*(\\S+).*", "$1")
              .replace("big.raw?", "big.raw.zst?");
      assertTrue(url.startsWith("/images/big.raw.zst?install="), url);
      assertTrue(api.get(BOOT).text().contains("kernel"), "nothing was delivered yet");

      ApiClient.Answer copy = api.get(url);

      assertEquals(200, copy.status());
      assertEquals("chunked", copy.header("Transfer-Encoding"));
      Await.until("it is proved", () -> api.get(BOOT).text().contains("sanboot"));
    }
  }
}
