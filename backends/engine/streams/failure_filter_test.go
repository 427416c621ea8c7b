package streams

import (
	"bytes"
	"testing"
)

func TestFailureFilter(t *testing.T) {
	for _, c := range []struct {
		name   string
		chunks []string
		passed string
		held   string
	}{
		{"other output passes", []string{"hello", " world"}, "hello world", ""},
		{"a message is held", []string{"OCI run", "time exec failed: no\r\n"}, "", "OCI runtime exec failed: no\r\n"},
		{"a beginning is held until it differs", []string{"OCI ", "is a group"}, "OCI is a group", ""},
		{"nothing", nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			f := FailureFilter{to: &out}
			for _, chunk := range c.chunks {
				if n, err := f.Write([]byte(chunk)); n != len(chunk) || err != nil {
					t.Fatal(n, err)
				}
			}
			if out.String() != c.passed || string(f.held) != c.held {
				t.Errorf("passed %q, held %q", out.String(), f.held)
			}
		})
	}
}
