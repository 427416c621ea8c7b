package cliopts

import (
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestHideValues(t *testing.T) {
	for _, options := range [][]string{
		{"-e", "A=secret1"}, {"-eA=secret1"}, {"-e=A=secret1"}, {"-ite", "A=secret1"}, {"--env=A=secret1", "--rm"}, {"--rm --env A=secret1"},
		{"--log-opt", "splunk-token=secret1"}, {"--label=A=secret1"}, {"-l", "secret1"}, {`--env A="secret1`}, {"--health-cmd", "secret1"},
	} {
		err := HideValues(core.Errorf(core.KindInvalidArgument, "invalid argument %q: secret1 is bad", options), options)
		if strings.Contains(err.Error(), "secret1") || !strings.Contains(err.Error(), "is bad") {
			t.Errorf("%q: %v", options, err)
		}
	}
	err := HideValues(core.Errorf(core.KindInvalidArgument, "invalid argument 5x for --memory"), []string{"--memory", "5x", "-v", "/a:/b", "-e", "A"})
	if err.Error() != "invalid argument 5x for --memory" {
		t.Error(err)
	}
}
