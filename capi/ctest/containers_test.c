/* Operations with streams, on a real engine. */
#include <stdbool.h>

#include "harness.h"

static uint64_t open_client(caller *c, const char *socket) {
  char json[512];
  snprintf(json, sizeof json, "{\"target\":\"unix://%s\",\"environ\":{},\"session\":\"ctest\"}", socket);
  frame f = call(c, 0, "client.open", json);
  CHECK(f.head.type == MLNG_FRAME_RESULT, "%s", f.payload);
  uint64_t client = strtoull(strchr(f.payload, ':') + 1, NULL, 10);
  CHECK(client != 0, "%s", f.payload);
  free(f.payload);
  return client;
}

static uint64_t start(caller *c, uint64_t client, const char *image, const char *command,
                      bool input) {
  char json[512];
  snprintf(json, sizeof json, "{\"image\":\"%s\",\"command\":%s,\"options\":[\"--rm\"],\"stdin\":%s}",
           image, command, input ? "true" : "false");
  return submit(c, client, 5, "container.run", json);
}

/* Reads frames until the FINAL one, or until `enough` bytes of STDOUT came. */
static frame read_until(caller *c, size_t enough, size_t *out, size_t *consumed) {
  for (;;) {
    frame f = next_frame(c);
    CHECK(f.head.tag == 5, "tag %llu", (unsigned long long)f.head.tag);
    if (f.head.type == MLNG_FRAME_STDOUT) {
      CHECK(f.head.length > 0 && f.head.length <= 65536, "%u bytes", f.head.length);
      CHECK(strspn(f.payload, "abcdefgh") == f.head.length, "not what was sent");
      *out += f.head.length;
    } else if (f.head.type == MLNG_FRAME_EVENT && consumed != NULL) {
      const char *at = strstr(f.payload, "\"consumed\":");
      if (at != NULL) *consumed += strtoull(at + strlen("\"consumed\":"), NULL, 10);
    }
    if (f.head.flags & MLNG_FLAG_FINAL || *out >= enough) return f;
    free(f.payload);
  }
}

/* cat, more than the initial credit, input and output at once, half-close. */
static void test_cat(caller *c, uint64_t client, const char *image) {
  enum { PART = 100000, PARTS = 40 };
  static char part[PART];
  size_t out = 0, consumed = 0;
  for (size_t i = 0; i < PART; i++) part[i] = "abcdefgh"[i % 8];
  uint64_t op = start(c, client, image, "[\"cat\"]", true);
  for (int i = 0; i < PARTS; i++) STATUS(MLNG_OK, mlng_op_write(op, part, PART));
  STATUS(MLNG_OK, mlng_op_write(op, NULL, 0));
  STATUS(MLNG_ECLOSED, mlng_op_write(op, part, PART));
  free(read_until(c, MLNG_INITIAL_CREDIT, &out, &consumed).payload);
  CHECK(out == MLNG_INITIAL_CREDIT, "%zu bytes", out);
  STATUS(MLNG_OK, mlng_op_grant(op, (uint64_t)PART * PARTS));
  frame f = read_until(c, (size_t)-1, &out, &consumed);
  CHECK(out == (size_t)PART * PARTS, "%zu bytes came back", out);
  CHECK(consumed == (size_t)PART * PARTS, "%zu bytes were acknowledged", consumed);
  expect(f, MLNG_FRAME_RESULT, "\"exit_code\":0");
  STATUS(MLNG_EHANDLE, mlng_op_write(op, part, 1));
}

/* A writer without credit is stopped; a cancel ends it and what runs. */
static void test_cancel(caller *c, uint64_t client, const char *image) {
  size_t out = 0;
  uint64_t op = start(c, client, image, "[\"sh\",\"-c\",\"yes abcdefgh | tr -d '\\\\n'\"]", false);
  free(read_until(c, MLNG_INITIAL_CREDIT, &out, NULL).payload);
  CHECK(out == MLNG_INITIAL_CREDIT && !readable(c, 200), "%zu bytes without credit", out);
  STATUS(MLNG_OK, mlng_op_cancel(op));
  expect(read_until(c, (size_t)-1, &out, NULL), MLNG_FRAME_ERROR, "\"Cancelled\"");
  STATUS(MLNG_EHANDLE, mlng_op_cancel(op));
}

static void test_exit_code(caller *c, uint64_t client, const char *image) {
  size_t out = 0;
  start(c, client, image, "[\"sh\",\"-c\",\"exit 9\"]", false);
  expect(read_until(c, (size_t)-1, &out, NULL), MLNG_FRAME_RESULT, "\"exit_code\":9");
}

/* A queue that is closed with operations under way ends them. */
static void test_close_under_way(caller *watcher, const char *socket, const char *image) {
  enum { OPS = 4 };
  caller c;
  uint64_t ops[OPS];
  caller_open(&c, 1 << 16);
  uint64_t client = open_client(&c, socket);
  for (int i = 0; i < OPS; i++) ops[i] = start(&c, client, image, "[\"sleep\",\"1000\"]", false);
  for (int i = 0; i < OPS; i++) { /* each has said that its container is there */
    frame f = next_frame(&c);
    expect(f, MLNG_FRAME_EVENT, "\"started\"");
  }
  caller_close(&c);
  for (int i = 0; i < OPS; i++) {
    while (mlng_op_grant(ops[i], 1) != MLNG_EHANDLE) free(call(watcher, 0, "debug.echo", "1").payload);
  }
  expect(call(watcher, client, "client.close", ""), MLNG_FRAME_RESULT, "{}");
}

void test_containers(const char *socket, const char *image) {
  caller c;
  uint64_t ignored;
  caller_open(&c, 300000);
  uint64_t client = open_client(&c, socket);
  test_cat(&c, client, image);
  test_cancel(&c, client, image);
  test_exit_code(&c, client, image);
  test_close_under_way(&c, socket, image);
  expect(call(&c, client, "client.close", ""), MLNG_FRAME_RESULT, "{}");
  STATUS(MLNG_EHANDLE, mlng_submit(c.queue, client, 1, "system.ping", "", 0, NULL, 0, &ignored));
  expect(call(&c, 0, "debug.stats", ""), MLNG_FRAME_RESULT, "\"operations\":1,\"clients\":0,\"queues\":1");
  caller_close(&c);
}
