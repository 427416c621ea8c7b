package main

/*
#include <stddef.h>
#include <stdint.h>
*/
import "C"

import (
	"unsafe"

	"github.com/proboscis/ml_nexus_go/capi/bridge"
)

// recovered turns a panic in an export into its status. Every export defers it.
func recovered(status *C.int32_t) {
	if recover() != nil {
		*status = C.int32_t(bridge.EPanic)
	}
}

//export mlngGoQueueOpen
func mlngGoQueueOpen(queue *C.uint64_t, fd *C.int32_t) (status C.int32_t) {
	defer recovered(&status)
	handle, descriptor, result := library.QueueOpen()
	*queue, *fd = C.uint64_t(handle), C.int32_t(descriptor)
	return C.int32_t(result)
}

//export mlngGoQueueRead
func mlngGoQueueRead(queue C.uint64_t, buf unsafe.Pointer, capacity C.size_t, length, need *C.size_t) (status C.int32_t) {
	defer recovered(&status)
	n, required, result := library.QueueRead(uint64(queue), bytesAt(buf, capacity))
	*length, *need = C.size_t(n), C.size_t(required)
	return C.int32_t(result)
}

//export mlngGoQueueClose
func mlngGoQueueClose(queue C.uint64_t) (status C.int32_t) {
	defer recovered(&status)
	return C.int32_t(library.QueueClose(uint64(queue)))
}

//export mlngGoSubmit
func mlngGoSubmit(queue, client, tag C.uint64_t, method unsafe.Pointer, methodLen C.size_t, json unsafe.Pointer, jsonLen C.size_t, blob unsafe.Pointer, blobLen C.size_t, op *C.uint64_t) (status C.int32_t) {
	defer recovered(&status)
	handle, result := library.Submit(uint64(queue), uint64(client), uint64(tag),
		string(bytesAt(method, methodLen)), copied(json, jsonLen), copied(blob, blobLen))
	*op = C.uint64_t(handle)
	return C.int32_t(result)
}

//export mlngGoOpCancel
func mlngGoOpCancel(op C.uint64_t) (status C.int32_t) {
	defer recovered(&status)
	return C.int32_t(library.OpCancel(uint64(op)))
}

//export mlngGoOpWrite
func mlngGoOpWrite(op C.uint64_t, buf unsafe.Pointer, length C.size_t) (status C.int32_t) {
	defer recovered(&status)
	return C.int32_t(library.OpWrite(uint64(op), bytesAt(buf, length)))
}

//export mlngGoOpGrant
func mlngGoOpGrant(op, count C.uint64_t) (status C.int32_t) {
	defer recovered(&status)
	return C.int32_t(library.OpGrant(uint64(op), uint64(count)))
}

// bytesAt returns the caller's memory, which is valid until the export returns.
func bytesAt(p unsafe.Pointer, length C.size_t) []byte {
	return unsafe.Slice((*byte)(p), int(length))
}

func copied(p unsafe.Pointer, length C.size_t) []byte {
	if length == 0 {
		return nil
	}
	return append([]byte(nil), bytesAt(p, length)...)
}
