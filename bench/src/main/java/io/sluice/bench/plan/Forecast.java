package io.sluice.bench.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How long it will take, and why no less.
 *
 * @param seconds from the first machine's arrival until the last one has its image
 * @param limit what takes longest of all, and so decides
 * @param bounds everything that was looked at, the tightest first
 * @param otherSeconds a machine spends on script, kernel, initrd and completion, included
 */
public record Forecast(double seconds, Bound limit, List<Bound> bounds, double otherSeconds) {
  /**
   * What TCP payload is of an Ethernet frame: 1448 bytes in 1538, with time stamps, preamble and
   * gap (RFC 9293, RFC 7323; IEEE 802.3).
   */
  static final double PAYLOAD_SHARE = 1448.0 / 1538.0;

  /**
   * One thing that needs time.
   *
   * @param name of it
   * @param seconds it needs for all machines
   * @param assumption under which
   */
  public record Bound(String name, double seconds, String assumption) {}

  /** Answers a question from what was measured. */
  public static Forecast of(Question question, MeasuredServer server) {
    double each = question.imageBytes() + server.otherBytes();
    double all = each * question.machines();
    long[] offsets = question.arrivals().offsetsNanos(question.machines(), 1);
    double lastArrival = offsets[offsets.length - 1] / 1e9;
    List<Bound> bounds = new ArrayList<>();
    bounds.add(
        new Bound(
            "the link",
            all / (question.linkBytesPerSecond() * PAYLOAD_SHARE),
            "it carries this traffic alone, in full-sized frames without losses, "
                + Math.round(100 * PAYLOAD_SHARE)
                + " % of it payload"));
    bounds.add(server(server, all));
    if (question.machineBytesPerSecond() > 0) {
      bounds.add(
          new Bound(
              "a machine's own speed",
              lastArrival + each / question.machineBytesPerSecond(),
              "each takes in its image at its full rate from its arrival on"));
    }
    if (lastArrival > 0) {
      bounds.add(new Bound("the arrivals", lastArrival, "the last machine is switched on then"));
    }
    bounds.sort(Comparator.comparingDouble(Bound::seconds).reversed());
    Bound limit = bounds.get(0);
    double other = server.otherMillis() / 1000;
    return new Forecast(limit.seconds() + other, limit, List.copyOf(bounds), other);
  }

  private static Bound server(MeasuredServer server, double bytes) {
    String measured =
        "it sends as fast as "
            + server.target()
            + " did to "
            + server.machines()
            + (server.machines() == 1 ? " machine" : " machines")
            + " in that run, on that machine";
    return new Bound(
        "the server",
        bytes / server.bytesPerSecond(),
        server.lowerBound() == null
            ? measured
            : measured + "; " + server.lowerBound() + ", so it may be faster");
  }
}
