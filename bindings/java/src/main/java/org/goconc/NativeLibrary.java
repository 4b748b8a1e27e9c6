package org.goconc;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Finds and loads the native part: the glue, which needs libgoconc.so.1 beside it or in the system.
 *
 * <p>The order: the folder that the property {@code org.goconc.lib.path} names; {@link
 * System#loadLibrary}, for distribution packages; the jar. All of them end at one libgoconc.so.1 for
 * the process, because the dynamic linker knows it by that name once it is loaded.
 */
final class NativeLibrary {
  private static final String PATH_PROPERTY = "org.goconc.lib.path";
  private static final String GLUE = "libgoconc_java.so";
  private static final String RUNTIME = "libgoconc.so.1";

  private NativeLibrary() {}

  static void load() {
    try {
      String folder = System.getProperty(PATH_PROPERTY);
      if (folder != null) loadFrom(Path.of(folder).toAbsolutePath());
      else if (!isInSystem()) loadFromJar();
    } catch (IllegalCallerException e) {
      throw new IllegalCallerException(
          "goconc is a native library, and this JVM does not let it in. Start java with"
              + " --enable-native-access=org.goconc, or with --enable-native-access=ALL-UNNAMED if"
              + " goconc.jar is on the class path",
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

  private static boolean isInSystem() {
    try {
      System.loadLibrary("goconc_java");
      return true;
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  private static void loadFrom(Path folder) {
    Path glue = folder.resolve(GLUE);
    if (!Files.exists(glue))
      throw new UnsatisfiedLinkError(PATH_PROPERTY + ": there is no " + GLUE + " in " + folder);
    try {
      System.load(glue.toString());
    } catch (UnsatisfiedLinkError e) {
      // A file may serve one class loader only. The others get a copy of the glue; the runtime below
      // it stays the same.
      if (!String.valueOf(e.getMessage()).contains("another classloader")) throw e;
      try (InputStream in = Files.newInputStream(glue)) {
        loadCopies(in, null);
      } catch (IOException io) {
        throw new UncheckedIOException(io);
      }
    }
  }

  private static void loadFromJar() {
    String folder = "/META-INF/native/" + platform() + "/";
    try (InputStream glue = NativeLibrary.class.getResourceAsStream(folder + GLUE);
        InputStream runtime = NativeLibrary.class.getResourceAsStream(folder + RUNTIME)) {
      if (glue == null || runtime == null)
        throw new UnsatisfiedLinkError(
            "goconc.jar has no native part for " + platform() + ", the system has no " + GLUE
                + ", and the property " + PATH_PROPERTY + " does not name a folder with one");
      loadCopies(glue, runtime);
    } catch (IOException e) {
      throw new UncheckedIOException("could not unpack goconc's native part", e);
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
      System.load(glueFile.toString());
    } finally {
      Files.deleteIfExists(runtimeFile);
      Files.deleteIfExists(glueFile);
      Files.deleteIfExists(folder);
    }
  }

  private static String platform() {
    String arch = System.getProperty("os.arch");
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    return os + "-" + (arch.equals("amd64") ? "x86_64" : arch);
  }
}
