// Hash.java: prints the SHA-256 of every file in directory trees, computed by a pool of goroutines.
// Usage: Hash [-j WORKERS] [DIRECTORY]...
//
//   walk --files--> hash (N goroutines) --results--> print
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.*;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.*;
import java.util.stream.Stream;
import org.goconc.*;

class Hash {
  record Result(Path path, String sum, long bytes, String error) {}

  static final Channel<Path> files = Channel.buffered(256);
  static final Channel<Result> results = Channel.buffered(256);

  static void walk(Path path) throws InterruptedException {
    if (Files.isRegularFile(path) || (Files.isSymbolicLink(path) && !Files.exists(path))) {
      files.send(path);
    } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> entries = Files.list(path)) {
        for (Path entry : (Iterable<Path>) entries::iterator) walk(entry);
      } catch (IOException e) {
        results.send(new Result(path, null, 0, reason(e)));
      }
    }
  }

  static Result hash(Path path) throws Exception {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    try (InputStream in = new DigestInputStream(Files.newInputStream(path), sha256)) {
      long bytes = in.transferTo(java.io.OutputStream.nullOutputStream());
      return new Result(path, HexFormat.of().formatHex(sha256.digest()), bytes, null);
    } catch (IOException e) {
      return new Result(path, null, 0, reason(e));
    }
  }

  static String reason(IOException e) {
    if (e instanceof NoSuchFileException) return "No such file or directory";
    if (e instanceof AccessDeniedException) return "Permission denied";
    return e instanceof FileSystemException f ? f.getReason() : e.getMessage();
  }

  /** As sha256sum writes names: one line each, whatever they contain. */
  static String line(Result r) {
    String name = r.path.toString();
    String escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    return (escaped.equals(name) ? "" : "\\") + r.sum + "  " + escaped;
  }

  public static void main(String[] arguments) throws InterruptedException {
    List<String> roots = new ArrayList<>(List.of(arguments));
    int workers = Runtime.getRuntime().availableProcessors();
    if (roots.size() > 1 && roots.get(0).equals("-j")) {
      workers = Integer.parseInt(roots.get(1));
      roots.subList(0, 2).clear();
    }
    if (roots.isEmpty()) roots.add(".");
    long start = System.nanoTime();
    WaitGroup senders = new WaitGroup();
    senders.go(() -> { try (files) { for (String root : roots) walk(Path.of(root)); } });
    for (int i = 0; i < workers; i++)
      senders.go(() -> { for (Path path : files) results.send(hash(path)); });
    Goconc.go(() -> { try (results) { senders.await(); } });

    long count = 0, bytes = 0, errors = 0;
    for (Result r : results) {
      if (r.error == null) System.out.println(line(r)); else System.err.println("hash: " + r.path + ": " + r.error);
      if (r.error == null) { count++; bytes += r.bytes; } else errors++;
    }
    System.err.printf("%d files, %d bytes, %d errors, %.2f s%n", count, bytes, errors, (System.nanoTime() - start) / 1e9);
    System.exit(errors == 0 ? 0 : 1);
  }
}
