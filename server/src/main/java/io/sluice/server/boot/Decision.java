package io.sluice.server.boot;

import io.sluice.server.machines.Installation;
import java.util.List;

/** What one request for a script is answered with. */
public sealed interface Decision {
  /** Which rules led here, in their order, for people. */
  List<String> reasons();

  /** The script of a profile that does not install. */
  record Boot(String profile, List<String> reasons) implements Decision {}

  /** The script that installs. */
  record Install(String machine, Installation installation, List<String> reasons)
      implements Decision {}

  /** No script. */
  record Refuse(List<String> reasons) implements Decision {}

  /** An install script, but not now: the server cannot be sure that its knowledge is of now. */
  record Wait(List<String> reasons) implements Decision {}
}
