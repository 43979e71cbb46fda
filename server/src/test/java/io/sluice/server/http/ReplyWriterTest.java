package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ReplyWriterTest {
  @Test
  void clientsThatAreRefusedTogetherComeBackSpread() {
    int clients = 5000;
    int slots = ReplyWriter.MOST_RETRY_SECONDS - ReplyWriter.LEAST_RETRY_SECONDS + 1;
    var perSecond =
        IntStream.range(0, clients)
            .mapToObj(i -> ReplyWriter.retryAfterSeconds())
            .collect(Collectors.groupingBy(seconds -> seconds, Collectors.counting()));
    assertEquals(slots, perSecond.size());
    assertTrue(
        perSecond.values().stream().allMatch(count -> count < 2L * clients / slots),
        perSecond::toString);
  }
}
