package core

import (
	"context"
	"strings"
	"testing"
)

func TestRegistryOpensByScheme(t *testing.T) {
	var opened Target
	registry := Registry{SchemeUnix: func(_ context.Context, target Target, _ OpenRequest) (DockerClient, error) {
		opened = target
		return nil, nil
	}}
	if _, err := registry.Open(t.Context(), OpenRequest{Target: "unix:///x"}); err != nil || opened.Path != "/x" {
		t.Errorf("%+v, %v", opened, err)
	}
	_, err := registry.Open(t.Context(), OpenRequest{Target: "gpu7"})
	if KindOf(err) != KindInvalidArgument || !strings.Contains(err.Error(), "ssh") || !strings.Contains(err.Error(), "unix") {
		t.Errorf("a scheme without a backend: %v", err)
	}
	if _, err := registry.Open(t.Context(), OpenRequest{Target: "a b"}); KindOf(err) != KindInvalidArgument {
		t.Errorf("a bad target: %v", err)
	}
}
