package io.sluice.bench.compare;

import io.sluice.bench.scrape.ServerView;
import io.sluice.bench.storm.TurnResult;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a comparison.
 *
 * @param target whose turn it was
 * @param machines how many there were
 * @param round from 1
 * @param result what the storm came to
 * @param cost what the server spent, where it was started here
 * @param view what the server saw, where it has a Prometheus endpoint
 */
public record Outcome(
    Target target,
    int machines,
    int round,
    TurnResult result,
    @Nullable ServerCost cost,
    @Nullable ServerView view) {}
