/* A disk that is full, for servers that tests start: while the file that FULL_DISK names is there, no file grows.
 *
 * Loaded with LD_PRELOAD. What would make a file of tables larger fails as it does on a disk without space, with ENOSPC; what
 * overwrites, and the logs by which a server undoes and redoes, go on: what happens when they cannot be written is that the
 * server ends, which other tests show. A file system of its own would need rights that not everyone has.
 *
 *     cc -shared -fPIC -o full_disk.so full_disk.c -ldl
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* Whether a write up to `end` makes a file of tables larger, while the disk is full. */
static int is_refused(int file, off_t end)
{
    const char *sign = getenv("FULL_DISK");
    struct stat facts;
    char link[64], path[4096];
    int kept = errno, refused = 0;
    if (sign && access(sign, F_OK) == 0 && fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) && end > facts.st_size) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        ssize_t length = readlink(link, path, sizeof path - 1);
        path[length < 0 ? 0 : length] = 0;
        refused = strstr(path, "/base/") != NULL || strstr(path, ".ibd") != NULL;
    }
    errno = refused ? ENOSPC : kept;
    return refused;
}

static off_t size_of(const struct iovec *parts, int count)
{
    off_t size = 0;
    for (int part = 0; part < count; part++)
        size += parts[part].iov_len;
    return size;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite(int file, const void *data, size_t size, off_t at)
{
    return is_refused(file, at + size) ? -1 : REAL(pwrite)(file, data, size, at);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at)
{
    return is_refused(file, at + size) ? -1 : REAL(pwrite64)(file, data, size, at);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at)
{
    return is_refused(file, at + size_of(parts, count)) ? -1 : REAL(pwritev)(file, parts, count, at);
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t at)
{
    return is_refused(file, at + size_of(parts, count)) ? -1 : REAL(pwritev64)(file, parts, count, at);
}

int posix_fallocate(int file, off_t at, off_t size)
{
    return is_refused(file, at + size) ? ENOSPC : REAL(posix_fallocate)(file, at, size);
}

int posix_fallocate64(int file, off64_t at, off64_t size)
{
    return is_refused(file, at + size) ? ENOSPC : REAL(posix_fallocate64)(file, at, size);
}

int fallocate(int file, int mode, off_t at, off_t size)
{
    return is_refused(file, at + size) ? -1 : REAL(fallocate)(file, mode, at, size);
}

int fallocate64(int file, int mode, off64_t at, off64_t size)
{
    return is_refused(file, at + size) ? -1 : REAL(fallocate64)(file, mode, at, size);
}

int ftruncate(int file, off_t size)
{
    return is_refused(file, size) ? -1 : REAL(ftruncate)(file, size);
}

int ftruncate64(int file, off64_t size)
{
    return is_refused(file, size) ? -1 : REAL(ftruncate64)(file, size);
}
