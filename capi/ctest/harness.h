/* What the tests of the ABI share: checks, a caller with one queue, frames. */
#ifndef MLNG_CTEST_HARNESS_H
#define MLNG_CTEST_HARNESS_H

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../include/ml_nexus_go.h"

/* Milliseconds for each wait: nothing waits for as long unless it hangs. */
#define PATIENCE 180000

#define CHECK(condition, ...)                                        \
  do {                                                               \
    if (!(condition)) {                                              \
      fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition); \
      fprintf(stderr, __VA_ARGS__);                                  \
      fputc('\n', stderr);                                           \
      exit(1);                                                       \
    }                                                                \
  } while (0)

#define STATUS(expected, call)                                              \
  do {                                                                      \
    int32_t got_ = (call);                                                  \
    CHECK(got_ == (expected), "status %d, not %d", got_, (int)(expected)); \
  } while (0)

/* A queue and what was read from it and not yet asked for. */
typedef struct caller {
  uint64_t queue;
  int32_t fd;
  unsigned char *buf;
  size_t cap, at, len;
} caller;

/* A frame. The payload ends with a NUL byte behind its length. */
typedef struct frame {
  mlng_frame_header head;
  char *payload;
} frame;

static inline void caller_open(caller *c, size_t cap) {
  memset(c, 0, sizeof *c);
  c->cap = cap;
  c->buf = malloc(cap);
  STATUS(MLNG_OK, mlng_queue_open(&c->queue, &c->fd));
  CHECK(c->queue != 0 && c->fd >= 0, "queue %llu, fd %d", (unsigned long long)c->queue, c->fd);
}

static inline void caller_close(caller *c) {
  STATUS(MLNG_OK, mlng_queue_close(c->queue));
  free(c->buf);
}

/* Go interrupts threads by signals, those too that were in a call of the library a moment ago. */
static inline int readable(caller *c, int milliseconds) {
  struct pollfd p = {.fd = c->fd, .events = POLLIN};
  int n;
  do {
    n = poll(&p, 1, milliseconds);
  } while (n < 0 && errno == EINTR);
  return n == 1 && (p.revents & POLLIN);
}

/* Reads what waits. A buffer that is too small for one frame grows to what it needs. */
static inline void fill(caller *c) {
  size_t need = 0;
  CHECK(readable(c, PATIENCE), "no frame came");
  int32_t status = mlng_queue_read(c->queue, c->buf, c->cap, &c->len, &need);
  if (status == MLNG_ERANGE) {
    CHECK(need > c->cap && c->len == 0, "need %zu, cap %zu, len %zu", need, c->cap, c->len);
    free(c->buf);
    c->buf = malloc(c->cap = need);
    status = mlng_queue_read(c->queue, c->buf, c->cap, &c->len, &need);
  }
  STATUS(MLNG_OK, status);
  CHECK(need == 0 && c->len >= sizeof(mlng_frame_header) && c->len <= c->cap, "len %zu", c->len);
  c->at = 0;
}

/* The next frame; the caller frees its payload. */
static inline frame next_frame(caller *c) {
  frame f;
  if (c->at == c->len) fill(c);
  CHECK(c->len - c->at >= sizeof f.head, "a part of a head");
  memcpy(&f.head, c->buf + c->at, sizeof f.head);
  c->at += sizeof f.head;
  CHECK(c->len - c->at >= f.head.length, "a part of a frame");
  f.payload = malloc((size_t)f.head.length + 1);
  memcpy(f.payload, c->buf + c->at, f.head.length);
  f.payload[f.head.length] = 0;
  c->at += f.head.length;
  return f;
}

static inline uint64_t submit(caller *c, uint64_t client, uint64_t tag, const char *method,
                              const char *json) {
  uint64_t op = 0;
  STATUS(MLNG_OK, mlng_submit(c->queue, client, tag, method, json, strlen(json), NULL, 0, &op));
  CHECK(op != 0, "no handle");
  return op;
}

/* Submits and gives the FINAL frame, which must be the only one. */
static inline frame call(caller *c, uint64_t client, const char *method, const char *json) {
  submit(c, client, 77, method, json);
  frame f = next_frame(c);
  CHECK(f.head.flags == MLNG_FLAG_FINAL && f.head.tag == 77, "%s: %s", method, f.payload);
  return f;
}

/* Checks that a frame is of a type and that its payload has a text; frees it. */
static inline void expect(frame f, int type, const char *text) {
  CHECK(f.head.type == type, "type %d: %s", f.head.type, f.payload);
  CHECK(strstr(f.payload, text) != NULL, "no %s in %s", text, f.payload);
  free(f.payload);
}

void test_containers(const char *socket, const char *image);

#endif
