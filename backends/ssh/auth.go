package ssh

import (
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/proboscis/ml_nexus_go/backends/ssh/sshconfig"
	"github.com/proboscis/ml_nexus_go/core"
)

// authenticator offers the keys of a wallet one after the other.
type authenticator struct {
	wallet  *wallet
	next    int
	offered []*identity
	methods []string // what the server takes
}

// choose is an ssh.ClientAuthCallback.
func (a *authenticator) choose(attempt *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	a.methods = attempt.AllowedMethods
	for slices.Contains(a.methods, "publickey") && a.next < len(a.wallet.identities) {
		id := a.wallet.identities[a.next]
		a.next++
		if len(id.Algorithms()) == 0 {
			a.wallet.notes = append(a.wallet.notes, id.where+" is not offered: PubkeyAcceptedAlgorithms does not allow "+id.public.Type())
			continue
		}
		a.offered = append(a.offered, id)
		return ssh.PublicKeys(id), nil
	}
	return nil, nil
}

// failure explains a login that the server refused.
func (a *authenticator) failure(s *sshconfig.Settings, cause error) *core.Error {
	var refused, said []string
	for _, id := range a.offered {
		switch {
		case id.problem != nil:
			a.wallet.noteLocked(id.problem)
			said = append(said, id.problem.Error())
		case id.asked:
			said = append(said, "the host knows "+id.where+" but does not let it in")
		default:
			refused = append(refused, id.where)
		}
	}
	if len(refused) > 0 {
		said = append(said, "the host does not accept "+strings.Join(refused, ", "))
	}
	said = append(said, a.wallet.notes...)
	if len(a.wallet.identities) == 0 {
		said = append(said, "there is no key to offer: name one by IdentityFile in the ssh config, or add it to an agent (ssh-add)")
	}
	if len(a.methods) > 0 && !slices.Contains(a.methods, "publickey") {
		said = append(said, "the host takes only: "+strings.Join(a.methods, ", "))
	}
	if strings.Contains(cause.Error(), "Too many authentication failures") {
		said = append(said, "the host lost patience after that many keys: set IdentitiesOnly yes and the right IdentityFile in the ssh config")
	}
	err := core.Errorf(core.KindAuthenticationFailed, "login as %s at %s failed: %s", s.User, s.Alias, strings.Join(said, "; "))
	err.Err = cause
	if len(a.wallet.locked) > 0 {
		err = err.With("locked_keys", a.wallet.locked)
	}
	return err.With("user", s.User).With("host", s.HostName).With("keys", names(a.offered))
}

func names(ids []*identity) []string {
	out := []string{}
	for _, id := range ids {
		out = append(out, id.where)
	}
	return out
}
