package identity

import (
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
)

// Next returns the next key to offer; it is an ssh.ClientAuthCallback.
func (k *Keys) Next(attempt *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	k.methods = attempt.AllowedMethods
	for slices.Contains(k.methods, "publickey") && k.next < len(k.identities) {
		id := k.identities[k.next]
		k.next++
		if len(id.Algorithms()) == 0 {
			k.notes = append(k.notes, id.name+" is not offered: PubkeyAcceptedAlgorithms does not allow "+id.public.Type())
			continue
		}
		k.offered = append(k.offered, id)
		return ssh.PublicKeys(id), nil
	}
	return nil, nil
}

// CouldNotSign reports whether a key that the server wanted could not be used.
func (k *Keys) CouldNotSign() bool {
	return slices.ContainsFunc(k.offered, func(i *identity) bool { return i.problem != nil })
}

// LoginError explains a login that the server refused.
func (k *Keys) LoginError(s *sshconfig.Settings, cause error) *core.Error {
	var refused, said []string
	for _, id := range k.offered {
		switch {
		case id.problem != nil:
			k.noteLocked(id.problem)
			said = append(said, id.problem.Error())
		case id.asked:
			said = append(said, "the host knows "+id.name+", but refuses the login with it")
		default:
			refused = append(refused, id.name)
		}
	}
	if len(refused) > 0 {
		said = append(said, "the host does not accept "+strings.Join(refused, ", "))
	}
	said = append(said, k.notes...)
	if len(k.identities) == 0 {
		said = append(said, "there is no key to offer: name one by IdentityFile in the ssh config, or add it to an agent (ssh-add)")
	}
	if len(k.methods) > 0 && !slices.Contains(k.methods, "publickey") {
		said = append(said, "the host accepts only: "+strings.Join(k.methods, ", "))
	}
	if strings.Contains(cause.Error(), "Too many authentication failures") {
		said = append(said, "the host gave up after that many keys: set IdentitiesOnly yes and the right IdentityFile in the ssh config")
	}
	err := core.Errorf(core.KindAuthenticationFailed, "login as %s at %s failed: %s", s.User, s.Alias, strings.Join(said, "; "))
	err.Err = cause
	if len(k.locked) > 0 {
		err = err.With("locked_keys", k.locked)
	}
	return err.With("user", s.User).With("host", s.HostName).With("keys", names(k.offered))
}

func names(ids []*identity) []string {
	out := []string{}
	for _, id := range ids {
		out = append(out, id.name)
	}
	return out
}
