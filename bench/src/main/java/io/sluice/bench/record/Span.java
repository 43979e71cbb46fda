package io.sluice.bench.record;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/**
 * A stage of one machine on the storm's time line; an array in JSON, for there are many.
 *
 * @param machine the machine's number
 * @param stage the stage's label
 * @param beganMillis after the storm's beginning
 * @param endedMillis after the storm's beginning
 * @param ending how it ended
 */
@JsonFormat(shape = JsonFormat.Shape.ARRAY)
@JsonPropertyOrder({"machine", "stage", "beganMillis", "endedMillis", "ending"})
public record Span(
    int machine, String stage, double beganMillis, double endedMillis, String ending) {
  /** Times to a microsecond: what is finer is not seen. */
  public Span {
    beganMillis = Math.round(beganMillis * 1000) / 1000.0;
    endedMillis = Math.round(endedMillis * 1000) / 1000.0;
  }
}
