package io.sluice.bench.machine;

import org.jspecify.annotations.Nullable;

/**
 * One stage of one machine, from its beginning to its end.
 *
 * @param machine the machine's number
 * @param stage which stage
 * @param beganNanos when the machine wanted it, before it connected
 * @param firstByteNanos when the last answer's first byte came, or 0 when none did
 * @param endedNanos when its last byte came, or when it failed
 * @param bytes body bytes of the last answer
 * @param ending how it ended
 * @param failure why, when it failed
 * @param answer the complete answer, when it ended well
 */
public record StageRun(
    int machine,
    BootStage stage,
    long beganNanos,
    long firstByteNanos,
    long endedNanos,
    long bytes,
    MachineResult ending,
    @Nullable Failure failure,
    @Nullable Answer answer) {}
