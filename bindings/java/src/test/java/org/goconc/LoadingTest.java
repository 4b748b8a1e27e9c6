package org.goconc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the native part is found, what is said if it is not, and how a process ends. */
class LoadingTest {
  /** Programs of their own, started by these tests. */
  static final class Programs {
    private Programs() {}

    public static void main(String[] arguments) throws Exception {
      switch (arguments[0]) {
        case "ping" -> ping();
        case "loaders" -> shareAcrossLoaders();
        case "exit" -> {
          Channel<String> never = Channel.unbuffered();
          for (int i = 0; i < 10; i++) Expect.blockedIn(never::receive);
        }
        default -> throw new IllegalArgumentException(arguments[0]);
      }
      System.out.println("done");
    }

    static void ping() throws Exception {
      LongChannel channel = LongChannel.unbuffered();
      Goconc.go(() -> channel.send(1));
      channel.receive();
    }
  }

  /** A channel of one class loader, used by another. */
  private static void shareAcrossLoaders() throws Exception {
    try (URLClassLoader first = loader(); URLClassLoader second = loader()) {
      Class<?> a = first.loadClass("org.goconc.LongChannel");
      Class<?> b = second.loadClass("org.goconc.LongChannel");
      assertNotSame(a, b);
      Object channel = a.getMethod("buffered", int.class).invoke(null, 1);
      Object handle = a.getMethod("handle").invoke(channel);
      Object same = b.getMethod("of", long.class).invoke(null, handle);
      a.getMethod("send", long.class).invoke(channel, 42L);
      assertEquals(42L, b.getMethod("receive").invoke(same));
      a.getMethod("close").invoke(channel);
      assertEquals(true, b.getMethod("isClosed").invoke(same));
    }
  }

  /** Loads goconc's classes anew. */
  private static URLClassLoader loader() throws Exception {
    return new URLClassLoader(new URL[] {jar()}, ClassLoader.getPlatformClassLoader());
  }

  private static URL jar() {
    return Goconc.class.getProtectionDomain().getCodeSource().getLocation();
  }

  /** Options with which the jar's own native part is not found, only that of the folder. */
  private static List<String> onlyInSystem(Path folder) {
    return List.of("-Dos.arch=riscv64", "-Djava.library.path=/nowhere:" + folder);
  }

  private static String run(int status, List<String> options, String program) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Programs.class.getName()));
    command.add(program);
    File output = File.createTempFile("goconc", ".txt");
    try {
      Process process =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it does not end");
      String text = java.nio.file.Files.readString(output.toPath());
      assertEquals(status, process.exitValue(), text);
      return text;
    } finally {
      output.delete();
    }
  }

  @Test
  void itComesOutOfTheJar() throws Exception {
    assertTrue(run(0, List.of(), "ping").contains("done"));
  }

  @Test
  void aFolderWithoutItIsNamed() throws Exception {
    String text = run(1, List.of("-Dorg.goconc.lib.path=/nowhere"), "ping");
    assertTrue(text.contains("org.goconc.lib.path: there is no libgoconc_java.so in /nowhere"), text);
  }

  @Test
  void anotherAbiIsRefused() {
    var e = assertThrows(UnsatisfiedLinkError.class, () -> NativeLibrary.checkAbi(2, 1));
    assertTrue(e.getMessage().contains("has ABI version 2, but this goconc.jar needs 1"));
  }

  @Test
  void withoutNativeAccessTheMessageHelps() throws Exception {
    assumeTrue(Runtime.version().feature() >= 24, "before JDK 24 every library gets in");
    String text = run(1, List.of("--illegal-native-access=deny"), "ping");
    assertTrue(text.contains("--enable-native-access=org.goconc"), text);
  }

  @Test
  void theJvmsOwnChecksFindNothing() throws Exception {
    List<String> options = new ArrayList<>(List.of("-Xcheck:jni"));
    if (Runtime.version().feature() >= 24) options.add("--enable-native-access=ALL-UNNAMED");
    assertEquals("done\n", run(0, options, "ping"));
  }

  @Test
  void theProcessEndsThoughGoroutinesAreBlocked() throws Exception {
    assertTrue(run(0, List.of(), "exit").contains("done"));
  }

  @Test
  void twoClassLoadersHaveOneRuntime() throws Exception {
    shareAcrossLoaders();
    assertFalse(LongChannel.unbuffered().isClosed(), "this one's works still");
  }

  @Test
  void itIsFoundInTheSystem() throws Exception {
    Path folder = Path.of(jar().toURI()).resolveSibling("native");
    assertTrue(run(0, onlyInSystem(folder), "loaders").contains("done"));
  }

  @Test
  void aSystemWithoutItIsToldWhatToDo() throws Exception {
    String text = run(1, onlyInSystem(Path.of("/nowhere")), "ping");
    assertTrue(text.contains("no native part for linux-riscv64"), text);
    assertTrue(text.contains("install it there"), text);
  }

  @Test
  void aTemporaryFolderThatCannotBeWrittenIsNamed() throws Exception {
    String text = run(1, List.of("-Djava.io.tmpdir=/nowhere"), "ping");
    assertTrue(text.contains("could not be unpacked into /nowhere"), text);
    assertTrue(text.contains("let -Djava.io.tmpdir name"), text);
  }

  /** What glibc and musl say, word for word. */
  @ParameterizedTest
  @CsvSource(quoteCharacter = '"', delimiter = '|', value = {
    "/lib/libc.so.6: version `GLIBC_9.99' not found (required by /t/libgoconc.so.1)"
        + " | needs glibc 9.99, which this one does not have; update the system",
    "/t/libgoconc_java.so: failed to map segment from shared object"
        + " | cannot run from /t, which is mounted noexec; let -Djava.io.tmpdir name",
    "Error loading shared library libstdc++.so.6: No such file or directory (needed by /t/x.so)"
        + " | this system has musl",
    "Error relocating /t/libgoconc.so.1: __vsnprintf_chk: symbol not found | this system has musl",
  })
  void whatTheDynamicLinkerSaysIsExplained(String words, String meaning) {
    String text = NativeLibrary.meaning(words, Path.of("/t")).orElseThrow();
    assertTrue(text.contains(meaning), text);
  }

  @Test
  void whatTheDynamicLinkerSaysClearlyIsLeftAlone() {
    String words = "libgoconc.so.1: cannot open shared object file: No such file or directory";
    assertEquals(Optional.empty(), NativeLibrary.meaning(words, Path.of("/t")));
  }
}
