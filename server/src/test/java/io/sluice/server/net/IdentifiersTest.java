package io.sluice.server.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentifiersTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000000-0000-0000-0000-000000000000",
        "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        "03000200-0400-0500-0006-000700080009",
        "00020003-0004-0005-0006-000700080009",
        " 03000200-0400-0500-0006-000700080009\n",
        "12345678-1234-5678-90ab-cddeefaabbcc",
        "78563412-3412-7856-90AB-CDDEEFAABBCC",
        "fefefefe-fefe-fefe-fefe-fefefefefefe",
        "01010101-0101-0101-0101-010101010101",
        "00010203-0405-0607-0809-0a0b0c0d0e0f",
        "03020100-0504-0706-0809-0a0b0c0d0e0f",
        "deadbeef-dead-beef-dead-beefdeadbeef",
        "not a UUID",
        ""
      })
  void whatVendorsShipIsNoUuid(String text) {
    assertEquals(Optional.empty(), Identifiers.uuid(text));
  }

  /** The second is of a Gigabyte board, which puts its MAC address into AMI's default. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "4c4c4544-0044-4210-8031-b4c04f4b4e32",
        "03d40274-0435-05dc-8506-010700080009",
        "00000000-0000-0000-0000-0cc47a123456",
        "b8945908-d6a6-41a9-611d-74a6ab80b83d"
      })
  void whatOneBoardHasIs(String uuid) {
    assertEquals(Optional.of(uuid), Identifiers.uuid(uuid));
    assertEquals(Optional.of(uuid), Identifiers.uuid(" " + uuid.toUpperCase(Locale.ROOT) + " "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "To Be Filled By O.E.M.",
        "to be filled by oem",
        "  TO BE FILLED BY O.E.M.  ",
        "To be filled by O.E.M.\0\0",
        "Default string",
        "Default_string",
        "$(DEFAULT_STRING)",
        "System Serial Number",
        "Chassis Serial Number",
        "Base Board Serial Number",
        "Serial Number",
        "Serial Number xxxxxx",
        "0123456789",
        "123456789",
        "1234567890",
        "12345678901234567",
        "123456789000",
        "SYS-1234567890",
        "SN-12345",
        "9876543210",
        "None",
        "Not Specified",
        "Not Applicable",
        "Not Available",
        "N/A",
        "(null string)",
        "INVALID",
        "Unknown",
        "OEM",
        "O.E.M.",
        "Set by OEM",
        "Tbd by OEM",
        "0",
        "00000000",
        "XXXXXXXXXXXX",
        "........",
        "        ",
        "-",
        ""
      })
  void whatVendorsWriteWhoHaveNoneIsNoSerialNumber(String text) {
    assertEquals(Optional.empty(), Identifiers.serial(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "S1",
        "CZJ1234XYZ",
        "J1K2L3M",
        "VMware-56 4d 1f",
        "2UA1231234",
        "PF0NONE1",
        "1021"
      })
  void whatOneMachineHasIs(String serial) {
    assertEquals(Optional.of(serial.toLowerCase(Locale.ROOT)), Identifiers.serial(serial));
    assertEquals(
        Identifiers.serial(serial),
        Identifiers.serial("\t" + serial.toUpperCase(Locale.ROOT) + "  "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00:00:00:00:00:00",
        "ff:ff:ff:ff:ff:ff",
        "01:00:5e:00:00:01",
        "33:33:00:00:00:01",
        "03:00:00:00:00:00"
      })
  void zerosOnesAndGroupsAreNoCard(String mac) {
    assertFalse(Identifiers.isMac(mac));
  }

  @ParameterizedTest
  @ValueSource(strings = {"52:54:00:00:00:01", "00:00:00:00:00:01", "02:00:00:00:00:00"})
  void othersAre(String mac) {
    assertTrue(Identifiers.isMac(mac));
  }
}
