/*
 * Drives the shared library through include/ml_nexus_go.h as a program without Python
 * would. run.sh builds it with AddressSanitizer, so that a write beyond a buffer of
 * the caller is found. MLNG_TEST_SOCKET and MLNG_TEST_IMAGE name an engine's socket and
 * an image with cat.
 */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static void test_version(void) {
  /* This test comes from the same tree: both numbers are equal. */
  const uint32_t expected = (uint32_t)MLNG_ABI_MAJOR << 16 | MLNG_ABI_MINOR;
  CHECK(mlng_abi_version() == expected, "version %x", mlng_abi_version());
  CHECK(strstr(mlng_build_info(), "ml_nexus_go") != NULL, "%s", mlng_build_info());
  CHECK(strchr(mlng_build_info(), '\n') == NULL, "%s", mlng_build_info());
}

static void test_misuse(void) {
  caller c;
  uint64_t number = 1, op = 1;
  int32_t fd;
  size_t len, need;
  char small[4];
  caller_open(&c, 1 << 16);
  STATUS(MLNG_EINVAL, mlng_queue_open(NULL, &fd));
  STATUS(MLNG_EINVAL, mlng_queue_open(&number, NULL));
  STATUS(MLNG_EINVAL, mlng_queue_read(c.queue, NULL, 16, &len, &need));
  STATUS(MLNG_EINVAL, mlng_queue_read(c.queue, small, 4, NULL, &need));
  STATUS(MLNG_EINVAL, mlng_queue_read(c.queue, small, 4, &len, NULL));
  STATUS(MLNG_EINVAL, mlng_queue_read(c.queue, small, (size_t)-1, &len, &need));
  STATUS(MLNG_EINVAL, mlng_submit(c.queue, 0, 1, NULL, "", 0, NULL, 0, &op));
  STATUS(MLNG_EINVAL, mlng_submit(c.queue, 0, 1, "debug.echo", "", 0, NULL, 0, NULL));
  STATUS(MLNG_EINVAL, mlng_submit(c.queue, 0, 1, "debug.echo", NULL, 1, NULL, 0, &op));
  STATUS(MLNG_EINVAL, mlng_submit(c.queue, 0, 1, "debug.echo", "", 0, NULL, 1, &op));
  STATUS(MLNG_EINVAL, mlng_submit(c.queue, 0, 1, "debug.echo", "", (size_t)-1, NULL, 0, &op));
  STATUS(MLNG_EINVAL, mlng_op_write(1, NULL, 1));

  const uint64_t wrong[] = {0, UINT64_MAX, 1ull << 40};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    STATUS(MLNG_EHANDLE, mlng_queue_read(wrong[i], small, 4, &len, &need));
    STATUS(MLNG_EHANDLE, mlng_queue_close(wrong[i]));
    STATUS(MLNG_EHANDLE, mlng_submit(wrong[i], 0, 1, "debug.echo", "", 0, NULL, 0, &op));
    CHECK(op == 0, "a handle of a failed submit");
    STATUS(MLNG_EHANDLE, mlng_op_cancel(wrong[i]));
    STATUS(MLNG_EHANDLE, mlng_op_write(wrong[i], "x", 1));
    STATUS(MLNG_EHANDLE, mlng_op_grant(wrong[i], 1));
  }
  STATUS(MLNG_EHANDLE, mlng_submit(c.queue, c.queue, 1, "system.ping", "", 0, NULL, 0, &op));
  STATUS(MLNG_EHANDLE, mlng_op_cancel(c.queue)); /* of another kind */

  STATUS(MLNG_OK, mlng_queue_read(c.queue, small, 0, &len, &need)); /* nothing waits */
  CHECK(len == 0 && need == 0, "len %zu, need %zu", len, need);
  caller_close(&c);
  STATUS(MLNG_EHANDLE, mlng_queue_close(c.queue));
  STATUS(MLNG_EHANDLE, mlng_queue_read(c.queue, small, 4, &len, &need));
}

static void test_requests(void) {
  caller c;
  caller_open(&c, 1 << 16);
  expect(call(&c, 0, "debug.echo", "{\"a\":1}"), MLNG_FRAME_RESULT, "{\"a\":1}");
  expect(call(&c, 0, "debug.echo", ""), MLNG_FRAME_RESULT, "{}");
  expect(call(&c, 0, "debug.echo", "{"), MLNG_FRAME_ERROR, "\"InvalidArgument\"");
  expect(call(&c, 0, "no.method", "{}"), MLNG_FRAME_ERROR, "no.method");
  expect(call(&c, 0, "system.ping", "{}"), MLNG_FRAME_ERROR, "client.open");
  expect(call(&c, 0, "client.open", "{\"target\":\"a b\"}"), MLNG_FRAME_ERROR, "not a valid target");
  expect(call(&c, 0, "client.open", "{\"target\":\"\"}{}"), MLNG_FRAME_ERROR, "more than one");
  expect(call(&c, 0, "debug.panic", ""), MLNG_FRAME_ERROR, "\"InternalError\"");
  expect(call(&c, 0, "debug.echo", "1"), MLNG_FRAME_RESULT, "1"); /* it goes on */

  uint64_t op = submit(&c, 0, 1, "debug.echo", "1");
  free(next_frame(&c).payload);
  STATUS(MLNG_EHANDLE, mlng_op_cancel(op)); /* gone with FINAL */
  STATUS(MLNG_EHANDLE, mlng_op_write(op, "x", 1));
  caller_close(&c);
}

/* A frame that is larger than the buffer, growing; inputs are copied before the return. */
static void test_range(void) {
  caller c;
  caller_open(&c, 1);
  for (size_t size = 2; size < 4u << 20; size *= 7) {
    char *json = malloc(size + 1);
    memset(json, 'x', size);
    json[0] = json[size - 1] = '"';
    json[size] = 0;
    submit(&c, 0, size, "debug.echo", json);
    memset(json, '!', size);
    frame f = next_frame(&c);
    CHECK(f.head.length == size && f.payload[0] == '"', "%u bytes", f.head.length);
    CHECK(strspn(f.payload + 1, "x") == size - 2, "the request was not copied");
    free(f.payload);
    free(json);
  }
  caller_close(&c);
}

enum { CALLS = 5000, WINDOW = 64 };

static void *echo_thread(void *number) {
  caller c;
  char json[32];
  size_t sent = 0;
  char *seen = calloc(CALLS, 1);
  caller_open(&c, 4096);
  for (size_t done = 0; done < CALLS; done++) {
    for (; sent < CALLS && sent - done < WINDOW; sent++) {
      snprintf(json, sizeof json, "[%d,%zu]", *(int *)number, sent);
      submit(&c, 0, sent, "debug.echo", json);
    }
    frame f = next_frame(&c);
    CHECK(f.head.tag < CALLS && !seen[f.head.tag]++, "tag %llu", (unsigned long long)f.head.tag);
    snprintf(json, sizeof json, "[%d,%llu]", *(int *)number, (unsigned long long)f.head.tag);
    expect(f, MLNG_FRAME_RESULT, json);
  }
  CHECK(!readable(&c, 0), "a frame too much");
  caller_close(&c);
  free(seen);
  return NULL;
}

/* Several threads, each with its queue, at once. */
static void test_threads(void) {
  enum { THREADS = 6 };
  pthread_t threads[THREADS];
  int numbers[THREADS];
  for (int i = 0; i < THREADS; i++) {
    numbers[i] = i;
    CHECK(pthread_create(&threads[i], NULL, echo_thread, &numbers[i]) == 0, "thread %d", i);
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
}

/* A child of fork() is refused at once, and the parent is not disturbed. */
static void test_fork(void) {
  caller c;
  int status;
  caller_open(&c, 4096);
  pid_t child = fork();
  CHECK(child >= 0, "fork");
  if (child == 0) {
    uint64_t n;
    int32_t fd;
    size_t len, need;
    char b[16];
    test_version();
    STATUS(MLNG_EFORKED, mlng_queue_open(&n, &fd));
    STATUS(MLNG_EFORKED, mlng_queue_read(c.queue, b, sizeof b, &len, &need));
    STATUS(MLNG_EFORKED, mlng_submit(c.queue, 0, 1, "debug.echo", "", 0, NULL, 0, &n));
    STATUS(MLNG_EFORKED, mlng_op_cancel(1));
    STATUS(MLNG_EFORKED, mlng_op_write(1, "x", 1));
    STATUS(MLNG_EFORKED, mlng_op_grant(1, 1));
    STATUS(MLNG_EFORKED, mlng_queue_close(c.queue));
    _exit(0);
  }
  CHECK(waitpid(child, &status, 0) == child && status == 0, "the child ended with %d", status);
  expect(call(&c, 0, "debug.echo", "2"), MLNG_FRAME_RESULT, "2");
  caller_close(&c);
}

int main(void) {
  const char *socket = getenv("MLNG_TEST_SOCKET"), *image = getenv("MLNG_TEST_IMAGE");
  CHECK(socket != NULL && image != NULL, "set MLNG_TEST_SOCKET and MLNG_TEST_IMAGE");
  test_version();
  test_misuse();
  test_requests();
  test_range();
  test_threads();
  test_containers(socket, image);
  test_fork();
  puts("the ABI's tests passed");
  return 0;
}
