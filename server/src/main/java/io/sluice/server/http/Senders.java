package io.sluice.server.http;

import io.sluice.server.admission.Admission;
import io.sluice.server.keyed.ByteBudget;
import io.sluice.server.net.Receiver;
import io.sluice.server.schedule.BulkLoops;
import io.sluice.server.transfer.PartSources;
import java.util.function.Function;

/**
 * What answers are sent by: all that {@code http} knows of transfers, of their schedule and of
 * their admission.
 *
 * @param bulk where large bodies are sent
 * @param admission which image streams may run now
 * @param sources where bodies come from
 * @param receivers whom the answer to a request is for, when large bodies take their turns
 * @param events bytes of events that wait for their clients
 */
public record Senders(
    BulkLoops bulk,
    Admission admission,
    PartSources sources,
    Function<Request, Receiver> receivers,
    ByteBudget events) {}
