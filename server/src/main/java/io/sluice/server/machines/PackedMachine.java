package io.sluice.server.machines;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A machine as few bytes: its document with {@link StringPool} for what several machines have, and
 * addresses, UUIDs and digests as the numbers they are. A third of what the objects take of which a
 * {@link Machine} is made, of which a server has only those it is just dealing with.
 */
public final class PackedMachine {
  private static final int NULL = 0;
  private static final int TRUE = 1;
  private static final int FALSE = 2;
  private static final int NUMBER = 3;
  private static final int TEXT = 4;
  private static final int WORD = 5;
  private static final int HEX = 6;
  private static final int MAC = 7;
  private static final int UUID_BITS = 8;
  private static final int LIST = 9;
  private static final int MAP = 10;
  private static final int DECIMAL = 11;

  /** This and what is above is a text whose length is the difference. */
  private static final int SHORT_TEXT = 16;

  private static final int LONGEST_SHORT_TEXT = 255 - SHORT_TEXT;
  private static final int LOW_BITS = 0x7f;
  private static final int MORE = 0x80;
  private static final int MAC_BYTES = 6;
  private static final int MAC_TEXT = 17;
  private static final int UUID_TEXT = 36;
  private static final int SHORTEST_HEX = 16;

  private static final Pattern MAC_PATTERN = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");
  private static final Pattern UUID_PATTERN =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final Pattern HEX_PATTERN = Pattern.compile("([0-9a-f]{2}){8,}");
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");
  private static final HexFormat BARE = HexFormat.of();

  private final byte[] bytes;

  private PackedMachine(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Packs a machine. */
  public static PackedMachine of(Machine machine) {
    Map<String, @Nullable Object> document = MachineDocument.write(machine, true);
    document.remove("id");
    Writer writer = new Writer(machine.id());
    writer.write(document);
    return new PackedMachine(writer.out.toByteArray());
  }

  /**
   * The machine.
   *
   * @param id its id, which is not among the bytes
   */
  public Machine unpack(String id) {
    try {
      Object document = new Unpacker(ByteBuffer.wrap(bytes)).read();
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      if (document instanceof Map<?, ?> map) {
        map.forEach((key, value) -> fields.put(String.valueOf(key), value));
      }
      return MachineDocument.readStored(id, fields);
    } catch (FieldException e) {
      throw new IllegalStateException(
          "machine " + id + " cannot be unpacked: " + e.getMessage(), e);
    }
  }

  /** How many bytes it takes, without the headers of its objects. */
  public int length() {
    return bytes.length;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PackedMachine that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  private static final class Writer {
    private final String owner;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(1024);

    Writer(String owner) {
      this.owner = owner;
    }

    void write(@Nullable Object value) {
      if (value == null) {
        out.write(NULL);
      } else if (value instanceof Boolean flag) {
        out.write(flag ? TRUE : FALSE);
      } else if (value instanceof Double || value instanceof Float) {
        out.write(DECIMAL);
        out.writeBytes(
            ByteBuffer.allocate(Double.BYTES).putDouble(((Number) value).doubleValue()).array());
      } else if (value instanceof Number number) {
        out.write(NUMBER);
        length((number.longValue() << 1) ^ (number.longValue() >> 63));
      } else if (value instanceof Map<?, ?> map) {
        out.write(MAP);
        length(map.size());
        map.forEach(
            (key, each) -> {
              text(String.valueOf(key));
              write(each);
            });
      } else if (value instanceof List<?> list) {
        out.write(LIST);
        length(list.size());
        list.forEach(this::write);
      } else {
        text(String.valueOf(value));
      }
    }

    private void text(String text) {
      int length = text.length();
      if (length == MAC_TEXT && MAC_PATTERN.matcher(text).matches()) {
        bytes(MAC, COLONS.parseHex(text));
      } else if (length == UUID_TEXT && UUID_PATTERN.matcher(text).matches()) {
        UUID uuid = UUID.fromString(text);
        bytes(
            UUID_BITS,
            ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(uuid.getMostSignificantBits())
                .putLong(uuid.getLeastSignificantBits())
                .array());
      } else {
        int word = StringPool.SHARED.number(text, owner);
        if (word != StringPool.NONE) {
          out.write(WORD);
          length(word);
        } else if (length >= SHORTEST_HEX && HEX_PATTERN.matcher(text).matches()) {
          out.write(HEX);
          length(length / 2);
          out.writeBytes(BARE.parseHex(text));
        } else {
          plain(text.getBytes(StandardCharsets.UTF_8));
        }
      }
    }

    private void plain(byte[] text) {
      if (text.length <= LONGEST_SHORT_TEXT) {
        out.write(SHORT_TEXT + text.length);
      } else {
        out.write(TEXT);
        length(text.length);
      }
      out.writeBytes(text);
    }

    private void bytes(int kind, byte[] value) {
      out.write(kind);
      out.writeBytes(value);
    }

    /** Seven bits a byte, the lowest first. */
    private void length(long number) {
      long rest = number;
      while ((rest & ~(long) LOW_BITS) != 0) {
        out.write((int) (rest & LOW_BITS) | MORE);
        rest >>>= 7;
      }
      out.write((int) rest);
    }
  }

  private static final class Unpacker {
    private final ByteBuffer in;

    Unpacker(ByteBuffer in) {
      this.in = in;
    }

    @Nullable Object read() {
      int kind = in.get() & 0xff;
      return switch (kind) {
        case NULL -> null;
        case TRUE -> true;
        case FALSE -> false;
        case NUMBER -> number(length());
        case DECIMAL -> in.getDouble();
        case WORD -> StringPool.SHARED.word((int) length());
        case TEXT -> text((int) length());
        case HEX -> BARE.formatHex(take((int) length()));
        case MAC -> COLONS.formatHex(take(MAC_BYTES));
        case UUID_BITS -> new UUID(in.getLong(), in.getLong()).toString();
        case LIST -> list((int) length());
        case MAP -> map((int) length());
        default -> text(kind - SHORT_TEXT);
      };
    }

    /** The small numbers that documents have are integers when they come from JSON, too. */
    private static Object number(long zigzag) {
      long value = (zigzag >>> 1) ^ -(zigzag & 1);
      return value == (int) value ? (Object) (int) value : (Object) value;
    }

    private List<@Nullable Object> list(int size) {
      List<@Nullable Object> list = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        list.add(read());
      }
      return list;
    }

    private Map<String, @Nullable Object> map(int size) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>(2 * size);
      for (int i = 0; i < size; i++) {
        map.put(String.valueOf(read()), read());
      }
      return map;
    }

    private String text(int size) {
      return new String(take(size), StandardCharsets.UTF_8);
    }

    private byte[] take(int size) {
      byte[] taken = new byte[size];
      in.get(taken);
      return taken;
    }

    private long length() {
      long number = 0;
      for (int shift = 0; ; shift += 7) {
        int next = in.get();
        number |= (long) (next & LOW_BITS) << shift;
        if ((next & MORE) == 0) {
          return number;
        }
      }
    }
  }
}
