package hostfacts

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzFacts: whatever a host prints, there are no more GPUs and processes than lines about them,
// no size is below zero, and a process belongs to one GPU.
func FuzzFacts(f *testing.F) {
	f.Add("mlng-clock=1\nmlng-disk=/dev/x 9 8 7 6% /\nmlng-smi=ok\nmlng-gpu=0, GPU-a, 81559, 12, 3, NVIDIA H100, 80GB\nmlng-process=GPU-a, 17, 300, python, -m x\nmlng-end\n")
	f.Add("mlng-gpu=\nmlng-gpu=\nmlng-process=\nmlng-process=\nmlng-disk=d 9223372036854775807 x -9223372036854775808\r\nmlng-smi=no driver")
	f.Fuzz(func(t *testing.T, text string) {
		facts, _ := parse(text)
		processes := 0
		for _, gpu := range facts.GPUs {
			processes += len(gpu.Processes)
			if gpu.MemoryTotal < 0 || gpu.MemoryUsed < 0 || gpu.Index < 0 {
				t.Errorf("%+v", gpu)
			}
		}
		if len(facts.GPUs) > strings.Count(text, "mlng-gpu") || processes > strings.Count(text, "mlng-process") {
			t.Errorf("%d GPUs and %d processes", len(facts.GPUs), processes)
		}
		if facts.DiskTotal < 0 || facts.DiskFree < 0 {
			t.Errorf("%d bytes of %d are free", facts.DiskFree, facts.DiskTotal)
		}
		if _, err := json.Marshal(facts); err != nil {
			t.Error(err)
		}
	})
}
