/* walk.h: finds the files below a path. Knows nothing of goroutines. */
#ifndef GOCONC_EXAMPLES_WALK_H
#define GOCONC_EXAMPLES_WALK_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Gets every regular file, with error 0, and what cannot be read, with its errno. */
typedef void (*visitor)(void *arg, const char *path, int error);

/* Links to files are followed, links to directories only if they are the root. */
static void walk(const char *path, int is_root, visitor visit, void *arg) {
  struct stat status, link;
  if (stat(path, &status) != 0) {
    visit(arg, path, errno);
    return;
  }
  if (S_ISREG(status.st_mode)) visit(arg, path, 0);
  if (!S_ISDIR(status.st_mode)) return;
  if (!is_root && lstat(path, &link) == 0 && S_ISLNK(link.st_mode)) return;

  DIR *directory = opendir(path);
  if (directory == NULL) {
    visit(arg, path, errno);
    return;
  }
  for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    const size_t size = strlen(path) + strlen(entry->d_name) + 2;
    char *child = malloc(size);
    if (child == NULL) abort();
    snprintf(child, size, "%s/%s", path, entry->d_name);
    walk(child, 0, visit, arg);
    free(child);
  }
  closedir(directory);
}

#endif
