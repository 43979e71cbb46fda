package io.sluice.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.Source;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

@AnalyzeClasses(packages = "io.sluice", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule metricsKnowsNothingOfTheServer =
      noClasses()
          .that()
          .resideInAPackage("io.sluice.metrics..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.sluice.server..");

  @ArchTest static final ArchRule osSeesNoOther = sees("os");

  @ArchTest static final ArchRule configSeesNoOther = sees("config");

  @ArchTest static final ArchRule netSeesNoOther = sees("net");

  @ArchTest static final ArchRule keyedSeesNoOther = sees("keyed");

  @ArchTest static final ArchRule rootSeesTheKernel = sees("root", "os");

  @ArchTest static final ArchRule qcow2SeesTheRoot = sees("qcow2", "root");

  @ArchTest static final ArchRule machinesSeeNoOther = sees("machines");

  @ArchTest static final ArchRule digestSeesTheLibraryOfTheSystem = sees("digest", "os");

  @ArchTest static final ArchRule transferSeesNoOther = sees("transfer");

  @ArchTest static final ArchRule scheduleSeesTransfer = sees("schedule", "transfer");

  @ArchTest static final ArchRule readAheadSeesTransfer = sees("readahead", "transfer", "os");

  @ArchTest static final ArchRule admissionSeesTransfer = sees("admission", "transfer");

  @ArchTest
  static final ArchRule httpSeesWhatSends = sees("http", "transfer", "schedule", "admission");

  @ArchTest static final ArchRule tlsSeesHttp = sees("tls", "http");

  @ArchTest static final ArchRule filesSeeHttp = sees("files", "root", "http", "transfer", "os");

  @ArchTest
  static final ArchRule deriveSeesTheRootAndQcow2 = sees("derive", "root", "qcow2", "digest");

  @ArchTest
  static final ArchRule imagesSeeWhatTheyAreMadeOfAndSentBy =
      sees("images", "derive", "qcow2", "files", "root", "http", "transfer");

  @ArchTest static final ArchRule fleetSeesMachines = sees("fleet", "machines");

  @ArchTest static final ArchRule storeSeesMachines = sees("store", "machines", "fleet");

  @ArchTest
  static final ArchRule bootSeesMachines = sees("boot", "machines", "fleet", "root", "http");

  @ArchTest
  static final ArchRule apiSeesMachinesAndImages =
      sees("api", "machines", "fleet", "boot", "images", "root", "digest", "http");

  @ArchTest static final ArchRule statusSeesHttp = sees("status", "http", "config", "os");

  @ArchTest
  static final ArchRule theCommandLineSeesNoServer =
      sees("cli", "config", "machines", "boot", "store", "qcow2", "derive", "digest");

  @ArchTest
  static final ArchRule plainJavaIsPlain =
      noClasses()
          .that()
          .resideInAnyPackage(
              packages(
                  "qcow2",
                  "derive",
                  "machines",
                  "fleet",
                  "store",
                  "config",
                  "net",
                  "keyed",
                  "digest"))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..", "io.sluice.metrics..", "picocli..");

  @ArchTest
  static final ArchRule diskImagesAreReadWithoutALog =
      noClasses()
          .that()
          .resideInAPackage("io.sluice.server.qcow2..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.slf4j..");

  /** Decisions and templates; only what answers requests knows of HTTP. */
  @ArchTest
  static final ArchRule decisionsArePlainJava =
      noClasses()
          .that()
          .resideInAPackage("io.sluice.server.boot..")
          .and()
          .haveSimpleNameNotEndingWith("Endpoints")
          .and()
          .doNotHaveSimpleName("BootQuery")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..", "io.sluice.metrics..", "picocli..");

  @ArchTest
  static final ArchRule onlyTheCommandLineKnowsPicocli =
      noClasses()
          .that()
          .resideInAPackage("io.sluice.server.*..")
          .and()
          .resideOutsideOfPackage("io.sluice.server.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..");

  @ArchTest static final ArchRule onlyOsKnowsJna = only("com.sun.jna..", "os");

  @ArchTest static final ArchRule onlyTheStoreKnowsJdbc = only("java.sql..", "store");

  @ArchTest
  static final ArchRule onlyTelemetryKnowsPrometheus = only("io.prometheus..", "telemetry");

  @ArchTest
  static final ArchRule onlySomeKnowJackson =
      only("com.fasterxml..", "api", "cli", "http", "status", "store");

  @ArchTest
  static final ArchRule packagesAreFreeOfCycles =
      slices().matching("io.sluice.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule noPackageHasMoreThanThirtyFiles =
      classes().should(ArchitectureTest.haveCompanyOfAtMost(30));

  @ArchTest
  static final ArchRule classesAreNamedForTheThingTheyAre =
      classes()
          .should()
          .haveNameNotMatching(".*(Util|Utils|Helper|Helpers|Manager)")
          .andShould()
          .haveNameNotMatching(".*\\bAbstract[A-Z][A-Za-z]*");

  @ArchTest
  static final ArchRule nobodyUsesTheLoggingOfTheJdk =
      noClasses().should().dependOnClassesThat().resideInAPackage("java.util.logging..");

  /** Only these packages of the server may depend on some classes. */
  private static ArchRule only(String classes, String... names) {
    return noClasses()
        .that()
        .resideInAPackage("io.sluice.server..")
        .and(not(resideInAnyPackage(packages(names))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(classes);
  }

  private static String[] packages(String... names) {
    return Stream.of(names).map(name -> "io.sluice.server." + name + "..").toArray(String[]::new);
  }

  private static ArchCondition<JavaClass> haveCompanyOfAtMost(int most) {
    return new ArchCondition<>("be in a package of at most " + most + " files") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        Set<String> files = new HashSet<>();
        type.getPackage()
            .getClasses()
            .forEach(other -> files.add(other.getSource().flatMap(Source::getFileName).orElse("")));
        if (files.size() > most) {
          events.add(
              SimpleConditionEvent.violated(
                  type, type.getPackageName() + " has " + files.size() + " files"));
        }
      }
    };
  }

  /**
   * A package of the server and those below it may depend on themselves, on these packages and on
   * the plain values of {@code net} and {@code keyed}, and on no others of the project but {@code
   * metrics}.
   */
  private static ArchRule sees(String name, String... seen) {
    DescribedPredicate<JavaClass> allowed =
        resideOutsideOfPackage("io.sluice..")
            .or(resideInAnyPackage("io.sluice.metrics.."))
            .or(resideInAnyPackage(packages("net", "keyed", name)))
            .or(resideInAnyPackage(packages(seen)));
    return classes()
        .that()
        .resideInAPackage("io.sluice.server." + name + "..")
        .should()
        .onlyDependOnClassesThat(allowed);
  }
}
