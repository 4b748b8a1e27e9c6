/* report.h: the SHA-256 of one file, and how it is printed. Knows nothing of goroutines. */
#ifndef GOCONC_EXAMPLES_REPORT_H
#define GOCONC_EXAMPLES_REPORT_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct result {
  char *path;
  unsigned char sum[32];
  uint64_t bytes;
  int error; /* errno, or 0 */
} result;

/* Hashes the file at ((result *)arg)->path. */
static void hash_file(void *arg) {
  result *r = arg;
  static __thread unsigned char buffer[1 << 16];
  EVP_MD_CTX *digest = EVP_MD_CTX_new();
  const int file = open(r->path, O_RDONLY | O_CLOEXEC);
  ssize_t count = file < 0 ? -1 : 0;
  if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) abort();
  r->bytes = 0;
  while (file >= 0 && (count = read(file, buffer, sizeof buffer)) > 0) {
    EVP_DigestUpdate(digest, buffer, (size_t)count);
    r->bytes += (uint64_t)count;
  }
  r->error = count < 0 ? errno : 0;
  EVP_DigestFinal_ex(digest, r->sum, NULL);
  EVP_MD_CTX_free(digest);
  if (file >= 0) close(file);
}

/* As sha256sum writes names: one line each, whatever they contain. */
static void print_name(const char *path) {
  static const char special[] = "\\\n\r", letters[] = "\\nr";
  for (; *path != '\0'; path++) {
    const char *found = strchr(special, *path);
    if (found != NULL)
      printf("\\%c", letters[found - special]);
    else
      putchar(*path);
  }
}

static void print_result(const result *r) {
  if (r->error != 0) {
    fprintf(stderr, "hash: %s: %s\n", r->path, strerror(r->error));
    return;
  }
  if (strpbrk(r->path, "\\\n\r") != NULL) putchar('\\');
  for (size_t i = 0; i < sizeof r->sum; i++) printf("%02x", r->sum[i]);
  printf("  ");
  print_name(r->path);
  putchar('\n');
}

#endif
