package io.sluice.server.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

class TransferPlanPropertyTest {
  private static final int FILE_BYTES = 100;

  private static final byte[] LETTERS = "ABCDEFGHIJ".getBytes(StandardCharsets.US_ASCII);

  private static Path path;
  private static OpenFile file;

  @BeforeContainer
  static void aFileOfDifferentBytes() throws IOException {
    path = Files.createTempFile("transfer-plan-", ".bin");
    byte[] bytes = new byte[FILE_BYTES];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    Files.write(path, bytes);
    file = new OpenFile(FileChannel.open(path), closed -> {});
  }

  @AfterContainer
  static void close() throws IOException {
    file.release();
    Files.delete(path);
  }

  private static byte[] bytes(TransferPlan plan) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (Extent extent : plan.extents()) {
      if (extent instanceof Extent.File part) {
        ByteBuffer buffer = ByteBuffer.allocate((int) part.length());
        part.file().channel().read(buffer, part.offset());
        body.write(buffer.array(), 0, buffer.position());
      } else if (extent instanceof Extent.Memory part) {
        body.write(part.bytes(), part.start(), part.count());
      }
    }
    return body.toByteArray();
  }

  @Property
  void aPlanIsAsLongAsItsBytes(@ForAll("plans") TransferPlan plan) throws IOException {
    assertEquals(bytes(plan).length, plan.length());
  }

  @Property
  void theSliceOfAPlanIsTheSliceOfItsBytes(
      @ForAll("plans") TransferPlan plan,
      @ForAll @DoubleRange(max = 1) double from,
      @ForAll @DoubleRange(max = 1) double size)
      throws IOException {
    int offset = (int) (from * plan.length());
    int count = (int) Math.round(size * (plan.length() - offset));
    TransferPlan slice = plan.slice(offset, count);
    assertEquals(count, slice.length());
    assertArrayEquals(Arrays.copyOfRange(bytes(plan), offset, offset + count), bytes(slice));
    assertTrue(slice.extents().stream().allMatch(extent -> extent.length() > 0));
  }

  @Property
  void theSliceOfASliceIsASliceOfTheWhole(
      @ForAll("plans") TransferPlan plan,
      @ForAll @DoubleRange(max = 1) double outer,
      @ForAll @DoubleRange(max = 1) double inner) {
    long offset = (long) (outer * plan.length());
    TransferPlan slice = plan.slice(offset, plan.length() - offset);
    long within = (long) (inner * slice.length());
    long count = slice.length() - within;
    assertEquals(
        plan.slice(offset + within, count).extents(), slice.slice(within, count).extents());
  }

  @Property
  void cuttingAPlanInTwoLosesNothing(
      @ForAll("plans") TransferPlan plan, @ForAll @DoubleRange(max = 1) double where)
      throws IOException {
    long cut = (long) (where * plan.length());
    List<Extent> both = new ArrayList<>(plan.slice(0, cut).extents());
    both.addAll(plan.slice(cut, plan.length() - cut).extents());
    assertArrayEquals(bytes(plan), bytes(TransferPlan.of(both)));
  }

  @Property
  void whatIsNotWithinThePlanCannotBeSliced(
      @ForAll("plans") TransferPlan plan, @ForAll long offset, @ForAll long count) {
    boolean within =
        offset >= 0 && count >= 0 && offset <= plan.length() && count <= plan.length() - offset;
    if (!within) {
      assertThrows(IndexOutOfBoundsException.class, () -> plan.slice(offset, count));
    }
  }

  @Example
  void theEmptyPlanHasOneEmptySlice() {
    TransferPlan empty = TransferPlan.empty();
    assertEquals(0, empty.length());
    assertEquals(List.of(), empty.extents());
    assertEquals(0, empty.slice(0, 0).length());
    assertEquals(List.of(), TransferPlan.ofFile(file, 0).extents());
    assertEquals(List.of(), TransferPlan.of(List.of()).extents());
    assertThrows(IndexOutOfBoundsException.class, () -> empty.slice(0, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> empty.slice(1, 0));
  }

  @Example
  void lengthsThatNoNumberHoldsAreRefused() {
    Extent huge = new Extent.File(file, 0, Long.MAX_VALUE);
    assertThrows(ArithmeticException.class, () -> TransferPlan.of(List.of(huge, huge)));
  }

  @Example
  void emptyAndMisplacedExtentsAreRefused() {
    byte[] ten = new byte[10];
    assertThrows(IllegalArgumentException.class, () -> new Extent.File(file, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Extent.File(file, -1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Extent.Memory(ten, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Extent.Memory(ten, -1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Extent.Memory(ten, 1, 10));
    Extent memory = new Extent.Memory(ten, 0, 10);
    assertThrows(IndexOutOfBoundsException.class, () -> memory.slice(0, 11));
    assertThrows(IndexOutOfBoundsException.class, () -> memory.slice(-1, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> memory.slice(0, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> memory.slice(Long.MAX_VALUE, 2));
  }

  @Provide
  Arbitrary<TransferPlan> plans() {
    Arbitrary<Extent> files =
        Combinators.combine(
                Arbitraries.integers().between(0, 90), Arbitraries.integers().between(1, 10))
            .as((offset, length) -> new Extent.File(file, offset, length));
    Arbitrary<Extent> memories =
        Combinators.combine(
                Arbitraries.integers().between(0, 5), Arbitraries.integers().between(1, 5))
            .as((start, count) -> new Extent.Memory(LETTERS, start, count));
    return Arbitraries.oneOf(files, memories).list().ofMaxSize(6).map(TransferPlan::of);
  }
}
