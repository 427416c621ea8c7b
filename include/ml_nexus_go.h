/*
 * ml_nexus_go.h - C ABI of ml_nexus_go: containers on a local or remote Docker
 * Engine, without callbacks and without blocking the caller's threads.
 *
 * Model
 *   A caller opens a queue (one for each event loop), submits operations to it and
 *   reads frames from it when its file descriptor is readable. An operation sends
 *   any number of STDOUT, STDERR and EVENT frames and then exactly one frame with
 *   the FINAL flag, which is a RESULT or an ERROR. No call blocks on the network,
 *   and the library never calls back into the caller.
 *
 * Handles
 *   Queues, clients and operations are uint64_t. 0 is never valid. A stale or
 *   foreign handle gives MLNG_EHANDLE, never a crash. An operation's handle becomes
 *   stale when its FINAL frame is queued.
 *
 * Memory
 *   The caller allocates every buffer; inputs are copied before the call returns.
 *   There is no free function.
 *
 * Status
 *   int32_t, 0 is success. A status reports misuse of this interface only. What
 *   Docker, SSH or the user got wrong comes as an ERROR frame.
 *
 * Threads
 *   Every function may be called from any thread.
 *
 * Fork
 *   In a child of fork() every function but mlng_abi_version and mlng_build_info
 *   returns MLNG_EFORKED: Go's threads do not exist there.
 */
#ifndef ML_NEXUS_GO_H
#define ML_NEXUS_GO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A caller needs the same major number, and at least the minor it was written for. */
#define MLNG_ABI_MAJOR 1
#define MLNG_ABI_MINOR 0

/* Status. */
#define MLNG_OK 0
#define MLNG_EINVAL 1  /* an invalid argument: null pointer, length, unknown flag */
#define MLNG_EHANDLE 2 /* no such handle, or one of another kind */
#define MLNG_ERANGE 3  /* the buffer is too small for the next frame: see need */
#define MLNG_EFORKED 4 /* called in a child of fork() */
#define MLNG_ECLOSED 5 /* the queue, or the operation's input, is already closed */
#define MLNG_EPANIC 6  /* a defect of the library; the process goes on */

/* Frame types. */
#define MLNG_FRAME_RESULT 1 /* JSON, FINAL */
#define MLNG_FRAME_ERROR 2  /* JSON {kind, op, target, message, details}, FINAL */
#define MLNG_FRAME_STDOUT 3 /* bytes, 64 KiB at most */
#define MLNG_FRAME_STDERR 4 /* bytes, 64 KiB at most */
#define MLNG_FRAME_EVENT 5  /* JSON {event, ...} */

/* Frame flags. */
#define MLNG_FLAG_FINAL 1 /* the operation's last frame; its handle is gone */

/*
 * A frame's header, little-endian, 16 bytes, followed by `length` payload bytes. The
 * next frame follows immediately, without padding.
 */
typedef struct mlng_frame_header {
  uint64_t tag;    /* as given to mlng_submit */
  uint32_t length; /* of the payload, in bytes */
  uint16_t type;
  uint16_t flags;
} mlng_frame_header;

/* An operation's initial credit, in bytes of STDOUT and STDERR together. */
#define MLNG_INITIAL_CREDIT (1u << 20)

/* Returns major << 16 | minor. Plain C: may be called before and after fork. */
uint32_t mlng_abi_version(void);

/* Returns one line: version, Go version, commit. Static, never freed. Plain C. */
const char *mlng_build_info(void);

/*
 * Opens a queue. *fd is readable while frames wait (level-triggered). It becomes readable
 * at once, or, during bulk STDOUT and STDERR output, some milliseconds later with many
 * frames. Do not read from it or close it: mlng_queue_close does.
 */
int32_t mlng_queue_open(uint64_t *queue, int32_t *fd);

/*
 * Copies as many whole frames as fit into buf, oldest first. *len is the number of
 * bytes written, 0 if no frame waits. If not even the first frame fits, returns
 * MLNG_ERANGE, stores its size in *need and consumes nothing. *need is 0 otherwise.
 */
int32_t mlng_queue_read(uint64_t queue, void *buf, size_t cap, size_t *len, size_t *need);

/* Cancels the queue's operations, drops their frames and closes the fd. */
int32_t mlng_queue_close(uint64_t queue);

/*
 * Starts an operation. `client` is 0 for methods that need none (client.open, whose
 * result is {"client": handle}; process.*; debug.*). `method` is NUL-terminated. `json`
 * is the request (UTF-8; empty means {}), `blob` the first bytes of the operation's
 * stdin. *op is set on success. An invalid request is reported as an ERROR frame, so
 * every successful submit has exactly one FINAL frame.
 */
int32_t mlng_submit(uint64_t queue, uint64_t client, uint64_t tag, const char *method,
                    const char *json, size_t json_len, const void *blob, size_t blob_len,
                    uint64_t *op);

/* Asks the operation to end. Its FINAL frame is queued when it has cleaned up. */
int32_t mlng_op_cancel(uint64_t op);

/*
 * Appends to the operation's stdin. len 0 ends it (EOF); later writes return
 * MLNG_ECLOSED. Never blocks. An EVENT {"event":"stdin","consumed":bytes} reports each
 * part that was consumed: a caller that limits what is written but not yet consumed
 * keeps memory flat.
 */
int32_t mlng_op_write(uint64_t op, const void *buf, size_t len);

/*
 * Adds credit, in bytes. An operation without credit stops reading from the engine,
 * which slows the container.
 */
int32_t mlng_op_grant(uint64_t op, uint64_t bytes);

#ifdef __cplusplus
}
#endif
#endif
