package io.sluice.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

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

  @ArchTest static final ArchRule httpSeesOnlyEgress = sees("http", "http", "egress");

  @ArchTest static final ArchRule filesSeeHttpAndEgress = sees("files", "files", "http", "egress");

  @ArchTest
  static final ArchRule deriveSeesFilesAndQcow2 =
      sees("derive", "derive", "files", "qcow2", "digest");

  @ArchTest
  static final ArchRule derivedImagesAreMadeInPlainJava =
      noClasses()
          .that()
          .resideInAPackage("io.sluice.server.derive..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.netty..");

  @ArchTest
  static final ArchRule imagesSeeWhatTheyAreMadeOfAndSentBy =
      sees("images", "images", "derive", "qcow2", "files", "http", "egress");

  @ArchTest static final ArchRule egressSeesNoOther = sees("egress", "egress");

  @ArchTest static final ArchRule configSeesNoOther = sees("config", "config");

  @ArchTest static final ArchRule netSeesNoOther = sees("net", "net");

  @ArchTest static final ArchRule digestSeesNoOther = sees("digest", "digest");

  @ArchTest static final ArchRule qcow2SeesNoOther = sees("qcow2", "qcow2");

  @ArchTest
  static final ArchRule qcow2IsPlainJavaWithoutALog =
      noClasses()
          .that()
          .resideInAPackage("io.sluice.server.qcow2..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.netty..", "io.prometheus..", "io.sluice.metrics..", "org.slf4j..", "picocli..");

  @ArchTest
  static final ArchRule statusSeesHttpAndEgress = sees("status", "status", "http", "egress");

  @ArchTest static final ArchRule bootSeesHttpAndEgress = sees("boot", "boot", "http", "egress");

  @ArchTest static final ArchRule storeSeesBoot = sees("store", "store", "boot", "http");

  @ArchTest
  static final ArchRule apiSeesBootImagesHttpAndEgress =
      sees("api", "api", "boot", "images", "digest", "http", "egress");

  /** Decisions, selection, templates and leases; only what answers requests knows of HTTP. */
  @ArchTest
  static final ArchRule decisionsArePlainJava =
      noClasses()
          .that()
          .resideInAnyPackage("io.sluice.server.boot..", "io.sluice.server.store..")
          .and()
          .haveSimpleNameNotEndingWith("Endpoints")
          .and()
          .doNotHaveSimpleName("BootQuery")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..", "io.sluice.metrics..", "picocli..");

  @ArchTest
  static final ArchRule configIsPlainJava =
      noClasses()
          .that()
          .resideInAnyPackage("io.sluice.server.config..", "io.sluice.server.net..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..", "io.sluice.metrics..", "picocli..");

  @ArchTest
  static final ArchRule onlyTheCommandLineKnowsPicocli =
      noClasses()
          .that()
          .resideInAPackage("io.sluice.server.*..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..");

  @ArchTest
  static final ArchRule packagesAreFreeOfCycles =
      slices().matching("io.sluice.(**)").should().beFreeOfCycles();

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

  /**
   * A package of the server may depend on these packages of it and on the plain values of {@code
   * net}, and on no others.
   */
  private static ArchRule sees(String name, String... seen) {
    String[] packages = new String[seen.length + 2];
    packages[0] = "io.sluice.metrics..";
    packages[1] = "io.sluice.server.net..";
    for (int i = 0; i < seen.length; i++) {
      packages[i + 2] = "io.sluice.server." + seen[i] + "..";
    }
    return classes()
        .that()
        .resideInAPackage("io.sluice.server." + name + "..")
        .should()
        .onlyDependOnClassesThat(
            resideOutsideOfPackage("io.sluice..").or(resideInAnyPackage(packages)));
  }
}
