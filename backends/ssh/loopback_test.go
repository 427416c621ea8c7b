package ssh

import (
	"os/exec"
	"testing"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconn"
	"github.com/proboscis/ml_nexus_go/core"
	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

// TestNoHostAuthenticationForLocalhost: it is for hosts that are connected to at a
// loopback address, and for nothing else that bears such a name. The ssh command agrees.
func TestNoHostAuthenticationForLocalhost(t *testing.T) {
	state := bed.Load(t)
	part := state.SSHD(t, "sshd")
	for name, tt := range map[string]struct {
		config []string
		kind   core.Kind
	}{
		"direct":                  {nil, ""},
		"by name":                 {[]string{"HostName localhost", "AddressFamily inet"}, ""},
		"with HostKeyAlias":       {[]string{"HostKeyAlias 127.0.0.1"}, core.KindHostKeyUnknown},
		"through ProxyCommand":    {[]string{"ProxyCommand ssh -F " + part.SSHConfig + " -W %h:%p mlng-jump"}, core.KindHostKeyUnknown},
		"through ProxyJump":       {[]string{"ProxyJump jump"}, core.KindHostKeyUnknown},
		"by name, from elsewhere": {[]string{"ProxyJump jump", "HostName localhost"}, core.KindHostKeyUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			more := append(tt.config, "NoHostAuthenticationForLocalhost yes", "UserKnownHostsFile /dev/null")
			config := writeConfig(t, configFor(part, "host", more...)+configFor(state.SSHD(t, "sshd-jump"), "jump"))
			opts := sshconn.Options{Target: core.Target{Text: "host", Host: "host"}, Environ: environ(t), ConnectTimeout: longest, SSH: core.SSHRequest{ConfigFile: config}}
			_, err := connection(t, opts).Use(timeout(t))
			checkError(t, err, tt.kind)
			out, err := exec.CommandContext(timeout(t), "ssh", "-F", config, "-o", "BatchMode=yes", "host", "true").CombinedOutput()
			if (err == nil) != (tt.kind == "") {
				t.Errorf("ssh: %v: %s", err, out)
			}
		})
	}
}
