package cliopts

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestFlagsAreThoseOfDocker(t *testing.T) {
	for name, c := range map[string]struct {
		flags *pflag.FlagSet
		want  string
	}{
		"run":  {RunFlags(), "detach env gpus interactive net network rm sig-proxy detach-keys tty volume pull platform"},
		"exec": {ExecFlags(), "detach detach-keys env env-file interactive privileged tty user workdir"},
	} {
		for want := range strings.FieldsSeq(c.want) {
			if flag := c.flags.Lookup(want); flag == nil || flag.Usage == "" {
				t.Errorf("%s: --%s is %v", name, want, flag)
			}
		}
	}
}

func TestFlagsOfTwoCallersAreTheirOwn(t *testing.T) {
	RunFlags().Lookup("rm").Changed = true
	if RunFlags().Changed("rm") {
		t.Error("the second caller sees what the first has changed")
	}
}
