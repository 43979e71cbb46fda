package io.sluice.server.derive.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskContentTest {
  @TempDir Path folder;

  private DiskContent look(byte[] bytes) throws IOException {
    Path file = folder.resolve("file");
    Files.write(file, bytes);
    try (FileChannel channel = FileChannel.open(file)) {
      return DiskContent.of(channel);
    }
  }

  private ContentFormat format(String hex) throws IOException {
    return look(Arrays.copyOf(HexFormat.of().parseHex(hex), 5000)).format();
  }

  private static byte[] vhdFooter() {
    ByteBuffer footer = ByteBuffer.allocate(512);
    footer.put("conectix".getBytes(StandardCharsets.US_ASCII)).putInt(2).putInt(0x10000);
    footer.putInt(60, 2);
    int sum = 0;
    for (byte each : footer.array()) {
      sum += each & 0xff;
    }
    return footer.putInt(64, ~sum).array();
  }

  @Test
  void theFirstBytesTellTheFormat() throws IOException {
    assertEquals(ContentFormat.QCOW2, format("514649fb00000003"));
    assertEquals(ContentFormat.XZ, format("fd377a585a000004e6d6b446"));
    assertEquals(ContentFormat.GZIP, format("1f8b0808000000000003"));
    assertEquals(ContentFormat.ZSTD, format("28b52ffd64000000"));
    assertEquals(ContentFormat.ZSTD, format("5a2a4d1804000000"));
    assertEquals(ContentFormat.BZIP2, format("425a6839314159265359"));
    assertEquals(ContentFormat.VMDK, format("4b444d5603000000"));
    assertEquals(ContentFormat.VHDX, format("7668647866696c65"));
    assertEquals(
        ContentFormat.VMDK,
        look("# Disk DescriptorFile\nversion=1\n".getBytes(StandardCharsets.US_ASCII)).format());
    assertEquals(ContentFormat.VDI, format("00".repeat(64) + "7f10dabe01000100"));
    assertEquals(ContentFormat.VHD, look(Arrays.copyOf(vhdFooter(), 5000)).format());
  }

  @Test
  void theLineToRunNeverWritesOverWhatItReads() throws IOException {
    byte[] header = HexFormat.of().parseHex("4b444d5603000000");
    DiskContent vmdk = look(Arrays.copyOf(header, 5000));
    assertEquals("qemu-img convert -O qcow2 a.vmdk a.qcow2", vmdk.advice("a.vmdk", "a").get());
    assertEquals(
        "qemu-img convert -O qcow2 a.qcow2 .a.qcow2 && mv .a.qcow2 a.qcow2",
        vmdk.advice("a.qcow2", "a").get());
    assertEquals(
        "qemu-img convert -O qcow2 'a b.QCOW2' '.a b.QCOW2' && mv '.a b.QCOW2' 'a b.QCOW2'",
        vmdk.advice("a b.QCOW2", "a b").get());
  }

  @Test
  void aDiskOfFixedSizeIsToldByItsFooter() throws IOException {
    byte[] bytes = new byte[4096 + 512];
    bytes[510] = 0x55;
    bytes[511] = (byte) 0xaa;
    System.arraycopy(vhdFooter(), 0, bytes, 4096, 512);
    DiskContent content = look(bytes);
    assertEquals(ContentFormat.VHD, content.format());
    assertTrue(content.unmarked() && content.partitioned());
    bytes[4096 + 100]++;
    assertEquals(ContentFormat.RAW, look(bytes).format(), "the checksum is wrong");
  }

  @Test
  void whatOnlyBeginsSimilarlyIsADisk() throws IOException {
    assertEquals(ContentFormat.RAW, format("fd377a585a000004e6d6b447"), "wrong CRC");
    assertEquals(ContentFormat.RAW, format("1f8b08ff00000000"), "reserved flags");
    assertEquals(ContentFormat.RAW, format("425a683941424344"), "no block");
    assertEquals(ContentFormat.RAW, format("4b444d56ff000000"), "no such version");
    assertEquals(ContentFormat.RAW, look("conectix".getBytes(StandardCharsets.US_ASCII)).format());
    assertEquals(ContentFormat.RAW, look(new byte[0]).format());
    assertEquals(ContentFormat.RAW, look(new byte[3]).format());
    assertFalse(look(new byte[512]).partitioned());
  }
}
