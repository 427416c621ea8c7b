package sshconn

import (
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/hostkeys"
	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
)

// chooseAlgorithms takes what the config allows, in the library's order: what the processor
// does in hardware comes first.
func chooseAlgorithms(config *ssh.ClientConfig, s *sshconfig.Settings, checker *hostkeys.Checker) error {
	supported := ssh.SupportedAlgorithms()
	pick := func(directive string, can, allowed []string) ([]string, error) {
		if allowed == nil {
			return nil, nil
		}
		picked := slices.DeleteFunc(slices.Clone(can), func(name string) bool { return !slices.Contains(allowed, name) })
		if len(picked) == 0 {
			return nil, core.Errorf(core.KindInvalidArgument, "the ssh config allows %s only %s, but none of these is supported: allow one of %s",
				directive, strings.Join(allowed, ","), strings.Join(can, ","))
		}
		return picked, nil
	}
	var err error
	if config.KeyExchanges, err = pick("KexAlgorithms", supported.KeyExchanges, s.KexAlgorithms); err != nil {
		return err
	}
	if config.Ciphers, err = pick("Ciphers", supported.Ciphers, s.Ciphers); err != nil {
		return err
	}
	if config.MACs, err = pick("MACs", supported.MACs, s.MACs); err != nil {
		return err
	}
	// For host keys, the order in the config counts.
	allowed := slices.DeleteFunc(slices.Clone(s.HostKeyAlgorithms), func(name string) bool { return !slices.Contains(supported.HostKeys, name) })
	if s.HostKeyAlgorithms != nil && len(allowed) == 0 {
		_, err = pick("HostKeyAlgorithms", supported.HostKeys, s.HostKeyAlgorithms)
		return err
	}
	if checker != nil {
		allowed = checker.Order(allowed)
	}
	config.HostKeyAlgorithms = allowed
	return nil
}
