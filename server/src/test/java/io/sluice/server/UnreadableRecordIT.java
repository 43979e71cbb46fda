package io.sluice.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.server.schedule.Transport;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A record of a newer version, or one that somebody has spoilt. */
class UnreadableRecordIT {
  private static final String M = "/api/v1/machines/";
  private static final String NEWER = "{\"macs\":[\"52:54:00:00:00:02\"],\"colour\":\"red\"}";

  @TempDir private Path root;

  private Connection database() throws Exception {
    return DriverManager.getConnection("jdbc:sqlite:" + root.resolve("state/sluice.db"));
  }

  @Test
  void itCostsThatMachineAndIsNamedAndKept() throws Exception {
    try (RunningServer server = RunningServer.start(root, Transport.best())) {
      ApiClient api = new ApiClient(server.address());
      assertEquals(201, api.send("PUT", M + "a", "{\"macs\":[\"525400000001\"]}").status());
      assertEquals(201, api.send("PUT", M + "b", "{\"macs\":[\"525400000002\"]}").status());
    }
    try (Connection connection = database();
        Statement statement = connection.createStatement()) {
      statement.execute("UPDATE machine SET document = '" + NEWER + "' WHERE id = 'b'");
    }
    try (RunningServer server = RunningServer.start(root, Transport.best())) {
      ApiClient api = new ApiClient(server.address());
      assertEquals(200, api.get(M + "a").status());
      JsonNode list = api.get("/api/v1/machines").json();
      assertEquals(1, list.get("machines").size());
      assertEquals("b", list.at("/unreadable/0/id").asText());
      assertTrue(list.at("/unreadable/0/problem").asText().contains("colour"), list.toString());
      assertEquals(409, api.get(M + "b").status());
      assertTrue(api.get(M + "b").text().contains("colour"));
      assertEquals(409, api.send("PUT", M + "b", "{}").status());
      assertEquals(409, api.send("POST", M + "b/install", "").status());
      String all = "[{\"id\":\"b\",\"macs\":[\"525400000002\"]}]";
      assertTrue(api.send("POST", "/api/v1/machines", all).text().contains("colour"));
      assertEquals(200, api.get("/boot/52:54:00:00:00:02").status());
      server.awaitMetric(1, "sluice_machines");
      server.awaitMetric(1, "sluice_machines_unreadable");
      server.awaitMetric(1, "sluice_installations", "state", "none");
      server.awaitMetric(1, "sluice_store_up");
      try (Connection connection = database();
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT document FROM machine WHERE id = 'b'")) {
        assertEquals(NEWER, row.getString(1), "it is kept as it is");
      }
      assertEquals(204, api.send("DELETE", M + "b", "").status());
      assertEquals(201, api.send("PUT", M + "b", "{\"macs\":[\"525400000002\"]}").status());
    }
  }
}
