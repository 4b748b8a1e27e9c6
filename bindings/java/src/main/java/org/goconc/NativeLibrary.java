package org.goconc;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds and loads the native part: the glue, which needs libgoconc.so.1 beside it or in the system.
 *
 * <p>The order: the folder that the property {@code org.goconc.lib.path} names; the folders of {@code
 * java.library.path}, for distribution packages; the jar. All of them end at one libgoconc.so.1 for
 * the process, because the dynamic linker knows it by that name once it is loaded.
 *
 * <p>Not {@link System#loadLibrary}: it does not tell a library that is not there from one that does
 * not work, nor where the one lies that another class loader has.
 */
final class NativeLibrary {
  private static final String PATH_PROPERTY = "org.goconc.lib.path";
  private static final String GLUE = "libgoconc_java.so";
  private static final String RUNTIME = "libgoconc.so.1";
  private static final Pattern NEWER_GLIBC = Pattern.compile("version `GLIBC_([0-9.]+)' not found");

  private NativeLibrary() {}

  static void load() {
    try {
      Optional<Path> folder = namedFolder().or(NativeLibrary::systemFolder);
      if (folder.isPresent()) loadFrom(folder.get());
      else loadFromJar();
    } catch (IllegalCallerException e) {
      throw new IllegalCallerException(
          "goconc is a native library, and this JVM does not let it in. Start java with"
              + " --enable-native-access=org.goconc, or with --enable-native-access=ALL-UNNAMED if"
              + " goconc.jar is on the class path",
          e);
    } catch (IOException e) {
      throw linkError(
          "goconc's native part could not be unpacked into " + temporary() + " (" + e + "); let"
              + " -Djava.io.tmpdir name a folder that can be written",
          e);
    }
    checkAbi(Native.goc_abi_version(), Native.compiled_abi());
  }

  static void checkAbi(int loaded, int compiled) {
    if (loaded == compiled) return;
    throw new UnsatisfiedLinkError(
        "the libgoconc that was loaded has ABI version " + loaded + ", but this goconc.jar needs "
            + compiled + "; install the libgoconc of the same release, or let " + PATH_PROPERTY
            + " name its folder");
  }

  private static Optional<Path> namedFolder() {
    String name = System.getProperty(PATH_PROPERTY);
    if (name == null) return Optional.empty();
    Path folder = Path.of(name).toAbsolutePath();
    if (!Files.exists(folder.resolve(GLUE)))
      throw new UnsatisfiedLinkError(PATH_PROPERTY + ": there is no " + GLUE + " in " + folder);
    return Optional.of(folder);
  }

  private static Optional<Path> systemFolder() {
    return Stream.of(System.getProperty("java.library.path", "").split(File.pathSeparator))
        .filter(name -> !name.isEmpty()) // never the current folder, which may be anybody's
        .map(name -> Path.of(name).toAbsolutePath())
        .filter(folder -> Files.exists(folder.resolve(GLUE)))
        .findFirst();
  }

  private static void loadFrom(Path folder) throws IOException {
    Path glue = folder.resolve(GLUE);
    try {
      load(glue, folder);
    } catch (UnsatisfiedLinkError e) {
      // A file may serve one class loader only. The others get a copy of the glue; the runtime below
      // it stays the same.
      if (!String.valueOf(e.getMessage()).contains("another classloader")) throw e;
      try (InputStream in = Files.newInputStream(glue)) {
        loadCopies(in, null);
      }
    }
  }

  private static void loadFromJar() throws IOException {
    String folder = "/META-INF/native/" + platform() + "/";
    try (InputStream glue = NativeLibrary.class.getResourceAsStream(folder + GLUE);
        InputStream runtime = NativeLibrary.class.getResourceAsStream(folder + RUNTIME)) {
      if (glue == null || runtime == null)
        throw new UnsatisfiedLinkError(
            "goconc.jar has no native part for " + platform() + ", and no folder of java.library.path"
                + " has " + GLUE + "; goconc runs on Linux with glibc on x86_64 and aarch64: install"
                + " it there (Debian: libgoconc-jni), or build it and let -D" + PATH_PROPERTY
                + " name its folder");
      loadCopies(glue, runtime);
    }
  }

  /** Loads from a folder of its own, which is gone afterwards: what is loaded stays. */
  private static void loadCopies(InputStream glue, InputStream runtime) throws IOException {
    Path folder = Files.createTempDirectory("goconc");
    Path glueFile = folder.resolve(GLUE);
    Path runtimeFile = folder.resolve(RUNTIME);
    try {
      if (runtime != null) Files.copy(runtime, runtimeFile);
      Files.copy(glue, glueFile);
      load(glueFile, temporary());
    } finally {
      Files.deleteIfExists(runtimeFile);
      Files.deleteIfExists(glueFile);
      Files.deleteIfExists(folder);
    }
  }

  private static Path temporary() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  /** Loads the glue, which the user knows to lie in the place. */
  private static void load(Path glue, Path place) {
    try {
      System.load(glue.toString());
    } catch (UnsatisfiedLinkError e) {
      throw meaning(String.valueOf(e.getMessage()), place).map(text -> linkError(text, e)).orElse(e);
    }
  }

  /** What the words of the dynamic linker mean for the user, and what helps; empty if they say it. */
  static Optional<String> meaning(String words, Path place) {
    Matcher glibc = NEWER_GLIBC.matcher(words);
    if (glibc.find())
      return Optional.of(
          "goconc's native part in " + place + " was built for a newer system: it needs glibc "
              + glibc.group(1) + ", which this one does not have; update the system, or build goconc on"
              + " it and let -D" + PATH_PROPERTY + " name the folder");
    if (words.contains("failed to map segment"))
      return Optional.of(
          "goconc's native part cannot run from " + place + ", which is mounted noexec; let"
              + " -Djava.io.tmpdir name a folder where programs may run, or -D" + PATH_PROPERTY
              + " one there with " + GLUE + " and " + RUNTIME);
    if (words.contains("Error loading shared library") || words.contains("Error relocating"))
      return Optional.of(
          "goconc's native part needs glibc, and this system has musl, as Alpine Linux does; use a"
              + " system or container image with glibc");
    return Optional.empty();
  }

  private static UnsatisfiedLinkError linkError(String text, Throwable cause) {
    return (UnsatisfiedLinkError) new UnsatisfiedLinkError(text).initCause(cause);
  }

  private static String platform() {
    String arch = System.getProperty("os.arch");
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    return os + "-" + (arch.equals("amd64") ? "x86_64" : arch);
  }
}
