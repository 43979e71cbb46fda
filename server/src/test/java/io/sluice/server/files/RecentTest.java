package io.sluice.server.files;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class RecentTest {
  private final Recent<String, Integer> recent = new Recent<>(2);

  @Test
  void whatWasOfNoUseForLongestMakesRoom() {
    recent.put("a", 1);
    recent.put("b", 2);
    assertEquals(Optional.of(1), recent.find("a"));
    recent.put("c", 3);
    assertEquals(Optional.of(1), recent.find("a"));
    assertEquals(Optional.empty(), recent.find("b"));
    assertEquals(Optional.of(3), recent.find("c"));
  }

  @Test
  void whatIsPutAgainTakesThePlaceOfWhatWasThere() {
    recent.put("a", 1);
    recent.put("a", 2);
    assertEquals(Optional.of(2), recent.find("a"));
  }
}
