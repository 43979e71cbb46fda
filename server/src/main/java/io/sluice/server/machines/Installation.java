package io.sluice.server.machines;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One installation of one machine, from the request to its proof. A value: every step gives a new
 * one, and a step that is not allowed gives the same one back. Once it is over, nothing makes it
 * hand out a script again; that takes a new installation with a new token.
 *
 * @param state how far it is
 * @param token names it in the URLs of its script; it cannot be guessed; empty when there is none
 * @param profile whose script installs
 * @param image what is installed; may be empty when the profile knows
 * @param digest SHA-256 in hex of the one version of the image that is installed: of the bytes that
 *     the URL in the script delivers; empty until the first script is handed out
 * @param terms what ends it
 * @param requested when an operator asked for it
 * @param begun when the first script was handed out
 * @param ended when it was over
 * @param handedOut how many scripts were handed out
 * @param address where the first script went, empty before that
 * @param detail how it ended, for people
 */
public record Installation(
    State state,
    String token,
    String profile,
    String image,
    String digest,
    Terms terms,
    Instant requested,
    @Nullable Instant begun,
    @Nullable Instant ended,
    int handedOut,
    String address,
    String detail) {

  /** How far an installation is. */
  public enum State {
    /** There was none. */
    NONE,
    /** Asked for; no script was handed out yet. */
    WANTED,
    /** A script was handed out; not proved yet. */
    RUNNING,
    /** The machine said that it is done, but was not sent all that it installs. */
    REPORTED,
    /** Every byte was delivered, and the machine said that it is done where that is asked for. */
    DONE,
    /** What was read back from the disk is what the image has. */
    VERIFIED,
    /** Reported as failed, took too long, or asked for too many scripts. */
    FAILED,
    /** Taken back. */
    CANCELLED;

    /** As it is written: in small letters. */
    public String spelling() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** A machine that was never to be installed. */
  public static final Installation NONE =
      new Installation(
          State.NONE, "", "", "", "", Terms.STANDARD, Instant.EPOCH, null, null, 0, "", "");

  /** A new one. */
  public static Installation request(
      String token, String profile, String image, Terms terms, Instant now) {
    return new Installation(
        State.WANTED, token, profile, image, "", terms, now, null, null, 0, "", "");
  }

  /** Whether a machine in this state is to get an install script. */
  public boolean isOpen() {
    return state == State.WANTED || state == State.RUNNING;
  }

  /** How it ended, in one line. */
  public String end() {
    return "the installation is "
        + state.spelling()
        + (detail.isEmpty() ? "" : " (" + detail + ")");
  }

  /** Whether this token names this installation, whatever its state. */
  public boolean isNamedBy(String candidate) {
    return !token.isEmpty() && token.equals(candidate);
  }

  /**
   * Why an open installation gets no further script at a time; empty when it does.
   *
   * @param now the time
   */
  public String overdue(Instant now) {
    String late = late(now);
    return late.isEmpty() && isUsedUp() ? "no proof after " + handedOut + " scripts" : late;
  }

  /**
   * Why an open installation is over at a time, although no machine reported it and none asks;
   * empty when it is not.
   *
   * @param now the time
   */
  public String late(Instant now) {
    return lateAfter().filter(now::isAfter).isPresent() ? "no proof within " + terms.timeout() : "";
  }

  /** When an open installation is late; empty when it never is. */
  public Optional<Instant> lateAfter() {
    return isOpen() && begun != null && !terms.timeout().isZero()
        ? Optional.of(begun.plus(terms.timeout()))
        : Optional.empty();
  }

  /** Whether as many scripts were handed out as there may be; the last may still be at work. */
  private boolean isUsedUp() {
    return isOpen() && terms.attempts() > 0 && handedOut >= terms.attempts();
  }

  /** Whether this address may have the script. */
  public boolean admits(String candidate) {
    return !terms.sameAddress() || address.isEmpty() || address.equals(candidate);
  }

  /** After some scripts were handed out, the first of them then and there. */
  public Installation handedOutTo(String client, Instant now, int count) {
    if (!isOpen()) {
      return this;
    }
    return new Installation(
        State.RUNNING,
        token,
        profile,
        image,
        digest,
        terms,
        requested,
        begun == null ? now : begun,
        null,
        handedOut + count,
        address.isEmpty() ? client : address,
        detail);
  }

  /**
   * After its first script was made, which names one version of one image. What is settled stays.
   *
   * @param what the image
   * @param sha256 of that version, in hex
   */
  public Installation pinnedTo(String what, String sha256) {
    if (!isOpen() || !digest.isEmpty()) {
      return this;
    }
    return new Installation(
        state, token, profile, what, sha256, terms, requested, begun, ended, handedOut, address,
        detail);
  }

  /** Whether the machine is installed, as far as the server knows. */
  public boolean isSuccess() {
    return state == State.REPORTED || state == State.DONE || state == State.VERIFIED;
  }

  /**
   * After its end. What is over stays as it is, but for a success of which there is a stronger
   * proof now.
   */
  public Installation ended(State end, String how, Instant now) {
    boolean stronger =
        (end == State.VERIFIED && (state == State.REPORTED || state == State.DONE))
            || (end == State.DONE && state == State.REPORTED);
    return isOpen() || stronger ? over(end, how, now) : this;
  }

  /** After it was taken back. Anything but an open installation stays as it is. */
  public Installation cancelled(Instant now) {
    return ended(State.CANCELLED, "", now);
  }

  private Installation over(State next, String how, Instant now) {
    return new Installation(
        next, token, profile, image, digest, terms, requested, begun, now, handedOut, address, how);
  }
}
