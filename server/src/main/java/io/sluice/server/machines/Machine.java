package io.sluice.server.machines;

import java.util.List;
import java.util.Map;

/**
 * A machine as its operator describes it, and what becomes of it. Never changed once made. Text
 * that is not given is empty.
 *
 * @param id names it for ever; letters, digits, dots, hyphens and underscores
 * @param macs of its network cards
 * @param uuid of its mainboard, in small letters
 * @param serial number
 * @param hostname what it is to be called
 * @param arch {@code x86_64} or {@code aarch64}
 * @param tags for rules and templates, sorted
 * @param vars for templates
 * @param secrets for templates too, but not shown anywhere else
 * @param profile what it boots when it is not being installed
 * @param image what is installed on it
 * @param sshKeys public keys of those who may log in, as OpenSSH writes them
 * @param disk which of its disks an image is written to, a rule of {@link
 *     io.sluice.server.net.DiskRule}
 * @param installation the last one
 * @param lock what keeps it from being installed
 */
public record Machine(
    String id,
    List<MacAddress> macs,
    String uuid,
    String serial,
    String hostname,
    String arch,
    List<String> tags,
    Map<String, String> vars,
    Map<String, String> secrets,
    String profile,
    String image,
    List<String> sshKeys,
    String disk,
    Installation installation,
    Lock lock) {

  /** Copies what could be changed. */
  public Machine {
    macs = List.copyOf(macs);
    tags = List.copyOf(tags);
    vars = Map.copyOf(vars);
    secrets = Map.copyOf(secrets);
    sshKeys = List.copyOf(sshKeys);
  }

  /** A machine that has nothing but a name and a card. */
  public static Machine of(String id, MacAddress mac) {
    return new Machine(
        id,
        List.of(mac),
        "",
        "",
        "",
        "",
        List.of(),
        Map.of(),
        Map.of(),
        "",
        "",
        List.of(),
        "",
        Installation.NONE,
        Lock.NONE);
  }

  /** The same machine with another installation. */
  public Machine with(Installation next) {
    return new Machine(
        id, macs, uuid, serial, hostname, arch, tags, vars, secrets, profile, image, sshKeys, disk,
        next, lock);
  }

  /** The same machine with another lock, or none. */
  public Machine with(Lock next) {
    return new Machine(
        id,
        macs,
        uuid,
        serial,
        hostname,
        arch,
        tags,
        vars,
        secrets,
        profile,
        image,
        sshKeys,
        disk,
        installation,
        next);
  }
}
