/* hash.c: prints the SHA-256 of every file in directory trees, computed by a pool of goroutines.
 * Usage: hash [-j N] [PATH]...
 *
 *   walk --files--> hash (N goroutines) --results--> print */
#include "hash/report.h"
#include "hash/walk.h"
#include "must.h"

static goc_chan *files;   /* of char *, which belong to whoever receives them */
static goc_chan *results; /* of result */
static goc_wg *senders;   /* of results */

static void send_path(void *unused, const char *path, int error) {
  result failed = {strdup(path), {0}, 0, error};
  (void)unused;
  if (failed.path == NULL) abort();
  must(error == 0 ? goc_chan_send(files, &failed.path, GOC_FOREVER)
                  : goc_chan_send(results, &failed, GOC_FOREVER));
}

static void walk_roots(void *roots) {
  for (char **root = roots; *root != NULL; root++) walk(*root, 1, send_path, NULL);
  must(goc_chan_close(files));
}

/* Reading a file blocks the thread: it runs outside the goroutine, which waits. */
static void hash_files(void *unused) {
  result r;
  (void)unused;
  while (goc_chan_recv(files, &r.path, GOC_FOREVER) == GOC_OK) {
    must(goc_blocking(hash_file, &r));
    must(goc_chan_send(results, &r, GOC_FOREVER));
  }
}

static void close_results(void *unused) {
  (void)unused;
  must(goc_wg_wait(senders, GOC_FOREVER));
  must(goc_chan_close(results));
}

int main(int argc, char **argv) {
  static char *here[] = {".", NULL};
  int workers = goc_max_procs();
  uint64_t count = 0, bytes = 0, errors = 0;
  const int64_t start = goc_now();
  for (int option; (option = getopt(argc, argv, "j:")) != -1;) {
    if (option == 'j') workers = atoi(optarg);
    if (option != 'j' || workers < 1) {
      fprintf(stderr, "Usage: hash [-j N] [PATH]...\n");
      return 2;
    }
  }
  must(goc_chan_new(&files, sizeof(char *), 256));
  must(goc_chan_new(&results, sizeof(result), 256));
  must(goc_wg_new(&senders));
  must(goc_wg_go(senders, walk_roots, optind < argc ? argv + optind : here));
  for (int i = 0; i < workers; i++) must(goc_wg_go(senders, hash_files, NULL));
  must(goc_go(close_results, NULL));

  for (result r; goc_chan_recv(results, &r, GOC_FOREVER) == GOC_OK; free(r.path)) {
    print_result(&r);
    if (r.error != 0) {
      errors++;
    } else {
      count++;
      bytes += r.bytes;
    }
  }
  fflush(stdout);
  fprintf(stderr, "%" PRIu64 " files, %" PRIu64 " bytes, %" PRIu64 " errors, %.2f s\n", count,
          bytes, errors, (double)(goc_now() - start) / GOC_SECOND);
  return errors == 0 ? 0 : 1;
}
