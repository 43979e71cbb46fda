package io.sluice.server.fleet;

import io.sluice.server.machines.Coverage;
import io.sluice.server.machines.Delivery;
import io.sluice.server.machines.Evidence;
import io.sluice.server.machines.InFlightRange;
import io.sluice.server.machines.Installation;
import io.sluice.server.machines.StoreException;
import io.sluice.server.machines.Terms;
import io.sluice.server.net.Selection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;

/**
 * What was delivered of images in installations. Noting it never waits. It is put together in the
 * store, so that it outlives a restart and several servers can each deliver a part: those of one
 * image are found by its digest, because the entity tag of a file is another on each server.
 */
public final class Coverages {
  /** Forms of an image that are delivered in one installation: its disk, and copies of it. */
  private static final int MOST_FORMS = 8;

  /** What is told to the store in one transaction. */
  private static final int MOST_AT_ONCE = 1000;

  private static final int MOST_RESUMED = 256;

  /**
   * How long the store is left alone after it was told of a coverage, for each of its pieces: a
   * client of thousands of small ranges is not written anew with each of them.
   */
  private static final long NANOS_PER_PIECE = 3_000_000;

  private final Fleet fleet;
  private final Installations installations;
  private final LongSupplier nanoClock;
  private final String server = Long.toHexString(ThreadLocalRandom.current().nextLong());
  private final Map<String, Forms> delivered = new ConcurrentHashMap<>();

  /** Nothing was delivered yet. */
  public Coverages(Fleet fleet, Installations installations, LongSupplier nanoClock) {
    this.fleet = fleet;
    this.installations = installations;
    this.nanoClock = nanoClock;
  }

  /** What was delivered of one form. Guarded by the forms it is one of. */
  private static final class FormCoverage {
    private final Coverage coverage;
    private final Set<Long> resumed = new HashSet<>();
    private final List<Selection.Span> sending = new ArrayList<>();
    private String digest = "";
    private boolean isTold = true;
    private boolean isWhole;
    private long dueNanos;

    FormCoverage(long total, long now) {
      coverage = new Coverage(total);
      dueNanos = now;
    }

    /** Whether it has become whole, which is said once. */
    boolean becomesWhole() {
      boolean news = !isWhole && coverage.isComplete();
      isWhole |= news;
      return news;
    }
  }

  /** What was delivered in one installation, by entity tag. */
  private static final class Forms {
    private final Map<String, FormCoverage> byTag =
        new LinkedHashMap<>() {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<String, FormCoverage> eldest) {
            return size() > MOST_FORMS;
          }
        };
  }

  /** How far a form of an image is delivered. */
  public enum Progress {
    /** Some bytes are missing. */
    PARTIAL,
    /** The last of them has just been delivered. */
    WHOLE,
    /** It was whole before. */
    AGAIN
  }

  /**
   * Some bytes of an image are being sent.
   *
   * @param etag names the bytes on this server
   * @param digest names them everywhere, empty when it is not known
   * @param selection which bytes, of how many
   */
  public void begin(String token, String etag, String digest, Selection selection) {
    Forms forms = delivered.computeIfAbsent(token, any -> new Forms());
    synchronized (forms) {
      FormCoverage form = form(forms, etag, selection.size());
      form.digest = digest.isEmpty() ? form.digest : digest;
      form.sending.addAll(selection.spans());
      if (form.resumed.size() < MOST_RESUMED) {
        selection.spans().forEach(span -> form.resumed.add(span.first()));
      }
      form.isTold = false;
    }
  }

  private FormCoverage form(Forms forms, String etag, long total) {
    FormCoverage known = forms.byTag.get(etag);
    if (known != null && known.coverage.total() == total) {
      return known;
    }
    FormCoverage form = new FormCoverage(total, nanoClock.getAsLong());
    forms.byTag.put(etag, form);
    return form;
  }

  /**
   * What was begun is over.
   *
   * @param sent how many bytes of the body have left
   */
  public Progress end(String token, String etag, Selection selection, long sent) {
    Forms forms = delivered.computeIfAbsent(token, any -> new Forms());
    synchronized (forms) {
      FormCoverage form = form(forms, etag, selection.size());
      for (Selection.Span span : selection.spans()) {
        form.sending.remove(span);
        form.coverage.add(span.first(), span.among(sent));
      }
      form.isTold = false;
      return form.becomesWhole()
          ? Progress.WHOLE
          : form.isWhole ? Progress.AGAIN : Progress.PARTIAL;
    }
  }

  /** How many bytes of an image this server knows to be delivered. */
  public long delivered(String token, String etag) {
    Forms forms = delivered.get(token);
    if (forms == null) {
      return 0;
    }
    synchronized (forms) {
      FormCoverage form = forms.byTag.get(etag);
      return form == null ? 0 : form.coverage.delivered();
    }
  }

  /** What is told to the store. */
  private record Due(Forms forms, FormCoverage form, Delivery delivery) {}

  private List<Due> due(String token, Forms forms, boolean now) {
    List<Due> due = new ArrayList<>();
    synchronized (forms) {
      forms.byTag.forEach(
          (etag, form) -> {
            if (!form.isTold && (now || nanoClock.getAsLong() - form.dueNanos >= 0)) {
              List<String> names =
                  form.digest.isEmpty() ? List.of(etag) : List.of(etag, form.digest);
              List<InFlightRange> sending =
                  form.sending.stream()
                      .map(span -> new InFlightRange(server, span.first(), span.end()))
                      .toList();
              due.add(
                  new Due(
                      forms,
                      form,
                      new Delivery(token, names, server, form.coverage, sending, form.resumed)));
            }
          });
    }
    return due;
  }

  /** Tells the store what is due, and takes in what it knows; what comes meanwhile is due again. */
  private List<String> tell(List<Due> due) throws StoreException {
    for (Due each : due) {
      synchronized (each.forms()) {
        each.form().isTold = true;
        each.form().dueNanos =
            nanoClock.getAsLong() + NANOS_PER_PIECE * each.form().coverage.pieces();
      }
    }
    List<Coverage> all;
    try {
      all = fleet.cover(due.stream().map(Due::delivery).toList());
    } catch (StoreException e) {
      due.forEach(each -> untold(each));
      throw e;
    }
    List<String> whole = new ArrayList<>();
    for (int i = 0; i < due.size(); i++) {
      Due each = due.get(i);
      synchronized (each.forms()) {
        each.form().coverage.addAll(all.get(i));
        each.form().resumed.removeAll(each.delivery().resumed());
        if (each.form().coverage.isComplete()) {
          each.form().isWhole = true;
          whole.add(each.delivery().token());
        }
      }
    }
    return whole;
  }

  private static void untold(Due each) {
    synchronized (each.forms()) {
      each.form().isTold = false;
    }
  }

  /**
   * Puts what is not stored yet together with what others have stored, and proves what is whole.
   */
  void settle() throws StoreException {
    List<Due> due = new ArrayList<>();
    delivered.keySet().removeIf(token -> !isOpen(token));
    for (Map.Entry<String, Forms> each : delivered.entrySet()) {
      if (due.size() < MOST_AT_ONCE) {
        due.addAll(due(each.getKey(), each.getValue(), false));
      }
    }
    // Two servers that put the same rows together take them in the same order.
    due.sort(
        Comparator.comparing((Due each) -> each.delivery().token())
            .thenComparing(each -> String.join(" ", each.delivery().names())));
    if (!due.isEmpty()) {
      for (String token : tell(due)) {
        prove(token);
      }
    }
  }

  private boolean isOpen(String token) {
    return fleet
        .byToken(token)
        .filter(stored -> stored.machine().installation().isOpen())
        .isPresent();
  }

  /** What all servers have delivered in an installation. Blocks. */
  public Evidence evidence(String token) throws StoreException {
    Forms forms = delivered.get(token);
    List<Due> due = forms == null ? List.of() : due(token, forms, true);
    if (!due.isEmpty()) {
      tell(due);
    }
    Evidence evidence = Evidence.NONE;
    for (Coverage stored : fleet.covered(token)) {
      evidence = evidence.or(stored);
    }
    return evidence;
  }

  /** Every byte was delivered; where that is the proof, the installation is done. Blocks. */
  public void prove(String token) throws StoreException {
    Optional<Installation> bytes =
        fleet
            .byToken(token)
            .map(stored -> stored.machine().installation())
            .filter(open -> open.isOpen() && open.terms().proof() == Terms.Proof.BYTES);
    if (bytes.isPresent()) {
      installations.prove(token, "every byte of the image was delivered");
    }
  }
}
