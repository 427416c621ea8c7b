/*
 * The exported functions. Whatever must not depend on Go's runtime is here: the version,
 * the fork guard (Go's threads do not exist in a forked child, so a call into Go
 * would hang there), and the checks of pointers and lengths.
 */
#if defined(__linux__)
#define _GNU_SOURCE
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>
#endif
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "../include/ml_nexus_go.h"
#include "_cgo_export.h"

#if defined(__has_include)
#if __has_include("build_info.h")
#include "build_info.h" /* written by build.sh */
#endif
#endif
#ifndef MLNG_BUILD_INFO
#define MLNG_BUILD_INFO "ml_nexus_go (development build)"
#endif

/* A length above this is the caller's mistake (a negative number, for example). */
#define MAX_LENGTH ((size_t)1 << 40)

static atomic_int forked;

static void in_child(void) { atomic_store(&forked, 1); }

__attribute__((constructor)) static void watch_forks(void) {
  pthread_atfork(NULL, NULL, in_child);
}

#define NOT_FORKED                            \
  do {                                        \
    if (atomic_load(&forked)) return MLNG_EFORKED; \
  } while (0)
#define VALID(condition)                 \
  do {                                   \
    if (!(condition)) return MLNG_EINVAL; \
  } while (0)
#define VALID_BYTES(p, len) VALID(((p) != NULL || (len) == 0) && (len) < MAX_LENGTH)

uint32_t mlng_abi_version(void) { return (uint32_t)MLNG_ABI_MAJOR << 16 | MLNG_ABI_MINOR; }

const char *mlng_build_info(void) { return MLNG_BUILD_INFO; }

#if defined(__linux__)
/*
 * Releases the pages of this library that were needed only to load it: relocations,
 * initialisers. They are clean pages of the file; one that is used again is mapped
 * again. Writable segments are left alone.
 */
static int drop_clean_pages(struct dl_phdr_info *info, size_t size, void *data) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), here = (uintptr_t)data;
  int own = 0;
  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    uintptr_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
    own |= info->dlpi_phdr[i].p_type == PT_LOAD && here >= start && here < start + info->dlpi_phdr[i].p_memsz;
  }
  for (int i = 0; own && i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
    uintptr_t start = (info->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
    uintptr_t end = (info->dlpi_addr + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
    if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W) && end > start)
      madvise((void *)start, end - start, MADV_DONTNEED);
  }
  return own;
}

static void once_loaded(void) { dl_iterate_phdr(drop_clean_pages, (void *)(uintptr_t)&once_loaded); }
#else
static void once_loaded(void) {}
#endif

static pthread_once_t loaded = PTHREAD_ONCE_INIT;

int32_t mlng_queue_open(uint64_t *queue, int32_t *fd) {
  int32_t status;
  NOT_FORKED;
  VALID(queue != NULL && fd != NULL);
  status = mlngGoQueueOpen(queue, fd); /* returns when Go has been initialised */
  pthread_once(&loaded, once_loaded);
  return status;
}

int32_t mlng_queue_read(uint64_t queue, void *buf, size_t cap, size_t *len, size_t *need) {
  NOT_FORKED;
  VALID(len != NULL && need != NULL);
  VALID_BYTES(buf, cap);
  *len = *need = 0;
  return mlngGoQueueRead(queue, buf, cap, len, need);
}

int32_t mlng_queue_close(uint64_t queue) {
  NOT_FORKED;
  return mlngGoQueueClose(queue);
}

int32_t mlng_submit(uint64_t queue, uint64_t client, uint64_t tag, const char *method,
                    const char *json, size_t json_len, const void *blob, size_t blob_len,
                    uint64_t *op) {
  NOT_FORKED;
  VALID(method != NULL && op != NULL);
  VALID_BYTES(json, json_len);
  VALID_BYTES(blob, blob_len);
  *op = 0;
  return mlngGoSubmit(queue, client, tag, (void *)method, strlen(method), (void *)json, json_len,
                      (void *)blob, blob_len, op);
}

int32_t mlng_op_cancel(uint64_t op) {
  NOT_FORKED;
  return mlngGoOpCancel(op);
}

int32_t mlng_op_write(uint64_t op, const void *buf, size_t len) {
  NOT_FORKED;
  VALID_BYTES(buf, len);
  return mlngGoOpWrite(op, (void *)buf, len);
}

int32_t mlng_op_grant(uint64_t op, uint64_t bytes) {
  NOT_FORKED;
  return mlngGoOpGrant(op, bytes);
}
