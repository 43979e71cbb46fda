package io.sluice.server.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorityTest {
  @ParameterizedTest
  @CsvSource({
    "boot.example,boot.example,0",
    "boot.example:,boot.example,0",
    "boot.example:8080,boot.example,8080",
    "BOOT:65535,BOOT,65535",
    "10.0.0.1:1,10.0.0.1,1",
    "h:00080,h,80",
    "[::1],[::1],0",
    "[2001:db8::7]:8080,[2001:db8::7],8080",
    "[::ffff:10.0.0.1]:80,[::ffff:10.0.0.1],80",
    "_srv.example,_srv.example,0"
  })
  void aHostAndItsPortAreToldApart(String text, String host, int port) {
    Authority read = Authority.parse(text).orElseThrow();
    assertEquals(new Authority(host, port), read);
    assertEquals(true, read.isCallable());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        ":80",
        "h:port",
        "h:-1",
        "h:+1",
        "h: 80",
        "h:0",
        "h:65536",
        "h:99999",
        "h:000080",
        "h:80:80",
        "h:\u0661",
        "::1",
        "[::1",
        "::1]",
        "[]",
        "[]:80",
        "[::1]x",
        "[::1]80",
        "[[::1]]",
        "[10.0.0.1]",
        "[1::2::3]",
        "[12345::]",
        "[h]",
        "[::1%eth0]",
        "[::1%25]",
        "u@h",
        "u:p@h",
        "@h",
        "h@",
        "h/",
        "h/x",
        "h?",
        "h#",
        "h\\",
        "a b",
        " h",
        "h ",
        "h\t",
        "h%",
        "h%2",
        "h%zz",
        "<h>",
        "\"h\"",
        "h|",
        "h^",
        "h`",
        "h{}",
        "h\u00fc",
        "h\u0000",
        "a, b"
      })
  void whatIsNoHostIsNotRead(String text) {
    assertEquals(Optional.empty(), Authority.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "h%2e",
        "a,b",
        "h$x",
        "h;reboot",
        "(h)",
        "'h'",
        "h&h",
        "-h",
        ".h",
        "[fe80::1%25eth0]:80"
      })
  void aHostThatOnlyUrlsHaveIsReadButNoScriptCallsTheServerSo(String text) {
    assertFalse(Authority.parse(text).orElseThrow().isCallable());
  }
}
