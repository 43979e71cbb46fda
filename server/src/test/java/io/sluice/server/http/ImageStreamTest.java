package io.sluice.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import io.sluice.server.admission.StreamRequest;
import io.sluice.server.net.Receiver;
import io.sluice.server.transfer.Extent;
import io.sluice.server.transfer.TransferPlan;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageStreamTest {
  private static final long MIB = 1024 * 1024;

  private static final class Nothing extends AbstractReferenceCounted {
    @Override
    protected void deallocate() {}

    @Override
    public ReferenceCounted touch(Object hint) {
      return this;
    }
  }

  private static Reply.Transfer transfer(long... extents) {
    return new Reply.Transfer(
        HttpResponseStatus.OK,
        "x/y",
        new Nothing(),
        TransferPlan.of(
            java.util.Arrays.stream(extents).<Extent>mapToObj(Extent.Zero::new).toList()),
        Map.of());
  }

  private static HttpRequest get(String target, String... agent) {
    HttpRequest head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target);
    if (agent.length > 0) {
      head.headers().set(HttpHeaderNames.USER_AGENT, agent[0]);
    }
    return head;
  }

  private static EmbeddedChannel from(String address, int port) throws UnknownHostException {
    SocketAddress remote = new InetSocketAddress(InetAddress.getByName(address), port);
    return new EmbeddedChannel() {
      @Override
      protected SocketAddress remoteAddress0() {
        return remote;
      }
    };
  }

  private static Receiver machine(String address, String target) throws UnknownHostException {
    return ImageStream.machine(from(address, 1000), get(target));
  }

  private static StreamRequest applicant(String address, HttpRequest head)
      throws UnknownHostException {
    return ImageStream.applicant(from(address, 1000), head, transfer(5 * MIB));
  }

  @ParameterizedTest
  @EnumSource(EndpointClass.class)
  void imagesAreStreamsFromAMebibyteOnAndNothingElseIs(EndpointClass endpoint) {
    boolean image = endpoint == EndpointClass.IMAGE || endpoint == EndpointClass.OS_IMAGE;
    assertEquals(image, ImageStream.is(endpoint, transfer(MIB)));
    assertEquals(image, ImageStream.is(endpoint, transfer(MIB / 2, MIB / 2)));
    assertFalse(ImageStream.is(endpoint, transfer(MIB - 1)));
    assertFalse(ImageStream.is(endpoint, transfer()));
  }

  @Test
  void aMachineIsItsAddressWhateverItsPort() throws UnknownHostException {
    HttpRequest head = get("/images/a");
    Receiver machine = ImageStream.machine(from("10.0.0.1", 1000), head);
    assertEquals(machine, ImageStream.machine(from("10.0.0.1", 1001), head));
    assertNotEquals(machine, ImageStream.machine(from("10.0.0.2", 1000), head));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/images/a?mac=52:54:00:12:34:56",
        "/images/a?mac=52%3A54%3a00%3A12%3A34%3A56",
        "/images/a?x=1&mac=52-54-00-12-34-56",
        "/images/a?mac=525400123456&x",
        "/images/a?x=%&mac=525400123456&y=%zz",
        "http://h:80/images/a?mac=5254.0012.3456",
        "/images/a?mac=52:54:00:12:34:56&mac=52:54:00:12:34:57"
      })
  void theMachineThatTheRequestNamesIsTheOneThatHasTheTurn(String target)
      throws UnknownHostException {
    assertEquals(new Receiver("52:54:00:12:34:56"), machine("10.0.0.1", target));
    assertEquals(machine("10.0.0.1", target), machine("10.0.0.2", target));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/images/a",
        "/images/a?",
        "/images/a?mac",
        "/images/a?mac=",
        "/images/a?mac=me",
        "/images/a?MAC=525400123456",
        "/images/mac=525400123456",
        "/images/a?mac=%zz",
        "/images/a?%=%",
        "/images/a?mac=000000000000",
        "/images/a?mac=ffffffffffff",
      })
  void aRequestThatNamesNoMachineIsItsAddress(String target) throws UnknownHostException {
    assertEquals(machine("10.0.0.1", "/"), machine("10.0.0.1", target));
  }

  @ParameterizedTest
  @CsvSource({
    "iPXE/1.0.0+, true",
    "iPXE/1.21.1+ (g4e5f), true",
    "curl/7.88.1, false",
    "Wget/1.21, false",
    "not iPXE/1.0, false",
    "'', false"
  })
  void onlyIpxeComesBackWhenItIsTold(String agent, boolean comesBack) throws UnknownHostException {
    assertEquals(comesBack, applicant("10.0.0.1", get("/images/a", agent)).comesBack().isPresent());
  }

  @Test
  void whoNamesNoAgentIsHeld() throws UnknownHostException {
    StreamRequest applicant = applicant("10.0.0.1", get("/images/a"));
    assertEquals(Optional.empty(), applicant.comesBack());
    assertEquals(5 * MIB, applicant.bytes());
  }

  @Test
  void ipxeIsKnownAgainByItsMachineAndWhatItAskedFor() throws UnknownHostException {
    List<Optional<StreamRequest.Repetition>> known =
        List.of(
            applicant("10.0.0.1", get("/images/a", "iPXE/1")).comesBack(),
            applicant("10.0.0.2", get("/images/a", "iPXE/1")).comesBack(),
            applicant("10.0.0.1", get("/images/b", "iPXE/1")).comesBack(),
            applicant("10.0.0.1", get("/images/a?mac=525400123456", "iPXE/1")).comesBack(),
            applicant("10.0.0.1", get("/images/a?mac=525400123457", "iPXE/1")).comesBack());
    assertEquals(5, known.stream().distinct().count());
    assertEquals(known.get(0), applicant("10.0.0.1", get("/images/a", "iPXE/1")).comesBack());
    assertTrue(known.get(0).isPresent());
  }

  @Test
  void anApplicantIsKnownAgainByItsConnectionWhileThatIsOpen() throws UnknownHostException {
    EmbeddedChannel one = from("10.0.0.1", 1000);
    HttpRequest head = get("/images/a", "iPXE/1");
    StreamRequest.Connection connection =
        ImageStream.applicant(one, head, transfer(MIB)).connection();
    assertEquals(connection, ImageStream.applicant(one, head, transfer(MIB)).connection());
    assertNotEquals(connection, applicant("10.0.0.1", head).connection());
    assertTrue(connection.isOpen());
    one.close();
    assertFalse(connection.isOpen());
  }

  @Test
  void theLimitOfAClientIsThatOfItsAddressWhicheverMachineItNames() throws UnknownHostException {
    assertEquals(
        applicant("10.0.0.1", get("/images/a?mac=525400123456")).client(),
        applicant("10.0.0.1", get("/images/b?mac=525400123457")).client());
  }
}
