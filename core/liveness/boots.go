package liveness

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// What proves that another boot was one of this machine, so that its processes have
// ended? Not the machine-id: disk images are cloned with it, and it may say
// "uninitialized"; nor a random name kept in a file, which is cloned as well. A boot is
// therefore recorded while it lasts, with the machine's hardware, in a file that
// stays here. A boot in that file is an earlier one of this disk; a clone never has the
// later boots of its original, and if the original was running while it was cloned, the
// addresses of the network cards differ. Machines without a card that has an address of
// its own (most virtual ones) prove nothing: processes of their other boots count as alive.

// ledger is where boots are recorded. The folder belongs to one user and survives a
// reboot; it is not in a home folder, which several machines may share.
type ledger struct{ folder string }

func ownLedger() ledger {
	return ledger{fmt.Sprintf("/var/tmp/ml_nexus_go-%d", os.Geteuid())}
}

func (l ledger) path() string { return filepath.Join(l.folder, "boots") }

// Remember records this boot, once for each process: call it before making something
// that must be recognised when it is left behind. If it fails, there will be no proof.
var Remember = sync.OnceFunc(func() {
	_ = ownLedger().remember(here(), thisMachine())
})

func passed(boot string) bool { return ownLedger().passed(boot, here(), thisMachine()) }

func (l ledger) remember(now Place, m machine) error {
	if !now.known() || !m.known() {
		return errors.New("this machine cannot be distinguished from its clones")
	}
	line := m.line(now.Boot)
	if err := os.Mkdir(l.folder, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if slices.Contains(l.lines(), line) {
		return nil
	}
	if !l.mine() {
		return fmt.Errorf("%s belongs to somebody else", l.folder)
	}
	file, err := os.OpenFile(l.path(), os.O_CREATE|os.O_APPEND|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(line + "\n")
	return errors.Join(err, file.Close())
}

// passed reports whether a boot was recorded on this machine and is not the present one.
func (l ledger) passed(boot string, now Place, m machine) bool {
	if !now.known() || !m.known() || boot == now.Boot {
		return false
	}
	return slices.ContainsFunc(l.lines(), func(line string) bool {
		was, ok := parseMachine(line, boot)
		return ok && was.same(m)
	})
}

func (l ledger) lines() []string {
	if !l.mine() {
		return nil
	}
	return strings.Split(readText(l.path()), "\n")
}

// mine reports whether nobody else can have written there.
func (l ledger) mine() bool {
	info, err := os.Lstat(l.folder)
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o022 != 0 {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// machine is what distinguishes a machine from its clones.
type machine struct {
	id    string   // from /etc/machine-id
	cards []string // addresses of network cards, as assigned by their makers
}

func (m machine) known() bool {
	const digits = "0123456789abcdef"
	return len(m.id) == 32 && strings.Trim(m.id, digits) == "" && strings.Trim(m.id, "0") != "" && len(m.cards) > 0
}

func (m machine) same(other machine) bool {
	return m.known() && m.id == other.id && slices.ContainsFunc(m.cards, func(card string) bool { return slices.Contains(other.cards, card) })
}

func (m machine) line(boot string) string {
	return strings.Join([]string{boot, m.id, strings.Join(m.cards, ",")}, " ")
}

func parseMachine(line, boot string) (machine, bool) {
	parts := strings.Split(line, " ")
	if len(parts) != 3 || parts[0] != boot {
		return machine{}, false
	}
	return machine{parts[1], strings.Split(parts[2], ",")}, true
}

// thisMachine describes the machine this process runs on.
func thisMachine() machine {
	m := machine{id: strings.TrimSpace(readText("/etc/machine-id"))}
	cards, _ := filepath.Glob("/sys/class/net/*/device")
	for _, device := range cards {
		card := filepath.Dir(device)
		address := strings.TrimSpace(readText(filepath.Join(card, "address")))
		if strings.TrimSpace(readText(filepath.Join(card, "addr_assign_type"))) == "0" && makersAddress(address) {
			m.cards = append(m.cards, address)
		}
	}
	slices.Sort(m.cards)
	return m
}

// makersAddress reports whether an address is unique in the world, and not chosen by a
// hypervisor or an administrator.
func makersAddress(address string) bool {
	var first byte
	if n, err := fmt.Sscanf(address, "%02x:", &first); n != 1 || err != nil {
		return false
	}
	const multicast, local = 1, 2
	return len(address) == len("00:00:00:00:00:00") && first&(multicast|local) == 0 && strings.Trim(address, "0:") != ""
}
