package io.otakey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * docs/security.md claims nothing that nothing backs: every row of its tables names a test, a query
 * of a model or a measurement, and whatever the page names is there under that name.
 */
class SecurityPageTest {
  private static final Path ROOT = Path.of(System.getProperty("otakey.root"));

  /** Sections whose tables say what can be done, what cannot, and what can no more. */
  private static final List<String> CLAIMS =
      List.of(
          "What there is to lose",
          "What an attacker has, and what it gives",
          "Which policy closes which gap",
          "Found and mended");

  private static final Pattern NAME = Pattern.compile("`([^`]+)`");
  private static final Pattern JAVA = Pattern.compile("(?:([a-z]+)/)?([A-Z]\\w*[a-z]\\w*)");
  private static final Pattern FIRMWARE_TEST = Pattern.compile("(?:test|fuzz)[_-]\\w+");
  private static final Pattern BENCH = Pattern.compile("\\./otakey bench (\\w+)");
  private static final Pattern COMMAND = Pattern.compile("\\./otakey (\\w+).*");
  private static final Pattern PROVERIF = Pattern.compile("`([\\w-]+\\.pv)`((?: \\d,?| and \\d)*)");
  private static final Pattern SPIN = Pattern.compile("`(\\w+)\\.pml`, (I\\d)(?: and (I\\d))?");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]*)(?:#([^)]*))?\\)");

  private static final String MADE = ".*/(build|third_party|target|node_modules)/.*";
  private static final Path PAGE = ROOT.resolve("docs/security.md");

  private final String page = read(PAGE);
  private final Map<String, List<Path>> files = files();

  @Test
  void everyRow_namesWhatBacksIt() {
    List<String> bare = new ArrayList<>();
    int rows = 0;
    for (String title : CLAIMS) {
      for (String row : rows(title)) {
        rows++;
        if (evidence(row).isEmpty()) {
          bare.add(row);
        }
      }
    }
    assertThat(rows).isGreaterThan(40);
    assertThat(bare).isEmpty();
  }

  @Test
  void everyName_isThere() {
    List<String> missing =
        NAME.matcher(page).results().map(found -> found.group(1)).filter(this::isMissing).toList();
    assertThat(missing).isEmpty();
  }

  /** A test that is named is one that the build runs: it has a test, and is not left out. */
  @Test
  void everyTest_isRun() {
    List<String> idle = new ArrayList<>();
    for (String name : names(JAVA)) {
      if (name.endsWith("Test")) {
        for (Path file : files.getOrDefault(simple(name) + ".java", List.of())) {
          String text = read(file);
          boolean tests =
              text.matches("(?s).*@(?:Repeated|Parameterized)?Test(?:Factory)?\\b.*")
                  || text.contains("@Property");
          if (!tests || text.contains("@Disabled")) {
            idle.add(name);
          }
        }
      }
    }
    assertThat(idle).isEmpty();
  }

  /** The query is in the model, and the answer that it must have beside the others. */
  @Test
  void everyQueryOfAModel_isThere() {
    List<String> missing = new ArrayList<>();
    int asked = 0;
    for (MatchResult found : PROVERIF.matcher(page).results().toList()) {
      String model = read(ROOT.resolve("formal").resolve(found.group(1)));
      String answers = model.substring(model.indexOf("(* Expected"));
      Matcher number = Pattern.compile("\\d").matcher(found.group(2));
      while (number.find()) {
        asked++;
        boolean query = Pattern.compile("\\(\\* " + number.group() + " ").matcher(model).find();
        boolean answer =
            Pattern.compile("\\b" + number.group() + " (true|false)").matcher(answers).find();
        if (!query || !answer) {
          missing.add(found.group(1) + " " + number.group());
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(asked).isGreaterThan(10);
  }

  /** The claim stands at the head of the model, is asserted, and a seeded bug breaks it. */
  @Test
  void everyClaimOfASearch_isThere() {
    String searches = read(ROOT.resolve("formal/searches.txt"));
    List<MatchResult> all = SPIN.matcher(page).results().toList();
    assertThat(all).isNotEmpty();
    for (MatchResult found : all) {
      String model = read(ROOT.resolve("formal").resolve(found.group(1) + ".pml"));
      for (int i = 2; i <= 3 && found.group(i) != null; i++) {
        assertThat(model).containsPattern("(?m)^     " + found.group(i) + " +\\S");
      }
      assertThat(model).contains("assert(");
      for (String expected : List.of("quick holds ", "quick breaks ")) {
        assertThat(searches).contains(expected + found.group(1) + " ");
      }
    }
    for (String option : names(Pattern.compile("-D[A-Z_]+"))) {
      assertThat(searches).containsPattern(Pattern.quote(option) + "\\b");
    }
  }

  @Test
  void everyLink_leadsSomewhere() {
    List<String> dead = new ArrayList<>();
    for (MatchResult link : LINK.matcher(page).results().toList()) {
      if (link.group(1).startsWith("http")) {
        continue;
      }
      boolean own = link.group(1).isEmpty();
      Path target = own ? PAGE : ROOT.resolve("docs").resolve(link.group(1)).normalize();
      if (Files.notExists(target) || !isSection(target, link.group(2))) {
        dead.add(link.group());
      }
    }
    assertThat(dead).isEmpty();
  }

  private static boolean isSection(Path target, String title) {
    return title == null || titles(read(target)).contains(title);
  }

  private List<String> rows(String title) {
    int begin = page.indexOf("\n## " + title + "\n");
    assertThat(begin).as(title).isPositive();
    int end = page.indexOf("\n## ", begin + 1);
    return page.substring(begin, end < 0 ? page.length() : end)
        .lines()
        .filter(line -> line.startsWith("|"))
        .skip(2) // head and rule
        .toList();
  }

  /** Tests, queries of models and measurements that a row names. */
  private static List<String> evidence(String row) {
    return NAME.matcher(row)
        .results()
        .map(found -> found.group(1))
        .filter(
            name ->
                name.matches("(?:[a-z]+/)?\\w+Test")
                    || FIRMWARE_TEST.matcher(name).matches()
                    || name.matches("[\\w-]+\\.(pv|pml)")
                    || name.equals("console.ts")
                    || BENCH.matcher(name).matches())
        .toList();
  }

  private Set<String> names(Pattern form) {
    return NAME.matcher(page)
        .results()
        .map(found -> found.group(1))
        .filter(name -> form.matcher(name).matches())
        .collect(Collectors.toSet());
  }

  private boolean isMissing(String name) {
    Matcher bench = BENCH.matcher(name);
    if (bench.matches()) {
      return !read(ROOT.resolve("scripts/bench.sh")).contains("bench_" + bench.group(1) + "()")
          && !read(ROOT.resolve("scripts/attacks.sh")).contains("bench_" + bench.group(1) + "()");
    }
    Matcher command = COMMAND.matcher(name);
    if (command.matches()) {
      return !read(ROOT.resolve("otakey")).contains(command.group(1));
    }
    if (FIRMWARE_TEST.matcher(name).matches()) {
      return !files.containsKey(name + ".c")
          && !read(ROOT.resolve("firmware-nrf52/arm.mk")).contains("\n" + name + ":");
    }
    Matcher java = JAVA.matcher(name);
    if (java.matches()) {
      return !isThere(java.group(1), java.group(2)) && !isAlert(name);
    }
    if (name.matches("(?:[\\w./-]+/)?[\\w.-]+\\.(?:c|pv|pml|sql|ts|py|sh)")) {
      return !files.containsKey(Path.of(name).getFileName().toString());
    }
    return false;
  }

  private boolean isThere(String folder, String type) {
    return files.getOrDefault(type + ".java", List.of()).stream()
        .anyMatch(
            path -> folder == null || ROOT.relativize(path).toString().contains(folder + "/"));
  }

  private static boolean isAlert(String name) {
    return read(ROOT.resolve("grafana/prometheus/alerts.yml")).contains("alert: " + name + "\n");
  }

  private static String simple(String name) {
    return name.substring(name.indexOf('/') + 1);
  }

  /** Sections as links name them. */
  private static Set<String> titles(String text) {
    return text.lines()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceAll("^#+ ", "").toLowerCase(java.util.Locale.ROOT))
        .map(title -> title.replaceAll("[^\\w\\- ]", "").strip().replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  /** Sources by their names; what is built or fetched is none. */
  private static Map<String, List<Path>> files() {
    Map<String, List<Path>> files = new HashMap<>();
    for (String folder :
        List.of(
            "gateway/src",
            "protocol/src",
            "loadgen/src",
            "firmware-nrf52",
            "formal",
            "grafana/src",
            "scripts")) {
      try (Stream<Path> all = Files.walk(ROOT.resolve(folder))) {
        all.filter(path -> !path.toString().matches(MADE))
            .forEach(
                path ->
                    files
                        .computeIfAbsent(path.getFileName().toString(), name -> new ArrayList<>())
                        .add(path));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return files;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
