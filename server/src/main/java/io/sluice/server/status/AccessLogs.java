package io.sluice.server.status;

import io.sluice.server.config.ServerConfig.AccessLogTarget;
import io.sluice.server.config.UnusableSettingException;
import java.io.IOException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** From where the operator wants the access log to what writes it. */
public final class AccessLogs {
  private AccessLogs() {}

  /**
   * Opens the log.
   *
   * @param dropped counts lines that are lost
   * @param mostBytes of lines that wait to be written
   * @return null when none is wanted
   * @throws IOException when it cannot be written, with a message for the operator
   */
  public static @Nullable AccessLog open(
      AccessLogTarget where, LongConsumer dropped, long mostBytes) throws IOException {
    AccessLogFile file;
    if (where instanceof AccessLogTarget.ToFile target) {
      try {
        file = AccessLogFile.appendingTo(target.path());
      } catch (IOException e) {
        throw new UnusableSettingException(
            "access-log: " + target.path() + " (expected: a file that can be written; " + e + ")",
            e);
      }
    } else if (where instanceof AccessLogTarget.StandardOutput) {
      file = AccessLogFile.standardOutput();
    } else {
      return null;
    }
    return new AccessLog(file, dropped, mostBytes);
  }
}
