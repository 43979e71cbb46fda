package io.sluice.server.http;

import io.sluice.server.admission.Admission;
import io.sluice.server.schedule.BulkLane;
import io.sluice.server.transfer.PartSources;

/**
 * What answers leave by.
 *
 * @param bulk where large bodies are sent
 * @param admission who may stream an image now
 * @param sources where bodies come from
 */
public record EgressWays(BulkLane bulk, Admission admission, PartSources sources) {}
