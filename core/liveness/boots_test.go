package liveness

import (
	"os"
	"testing"

	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func TestBootsOfThisMachineAndOfClones(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef"
	first, now := Place{"linux", "boot-1", "p", "t"}, Place{"linux", "boot-2", "p", "t"}
	laptop := machine{id, []string{"00:1b:21:00:00:01", "3c:97:0e:00:00:02"}}
	for _, c := range []struct {
		name       string
		then, here machine
		boot       string
		at         Place
		want       bool
	}{
		{"the same machine", laptop, laptop, "boot-1", now, true},
		{"one of its cards was taken out", laptop, machine{id, laptop.cards[:1]}, "boot-1", now, true},
		{"a boot that was never here: a clone's", laptop, laptop, "boot-7", now, false},
		{"the present boot", laptop, laptop, "boot-1", first, false},
		{"the present boot is not known", laptop, laptop, "boot-1", Place{}, false},
		{"a clone of a running machine: other cards", laptop, machine{id, []string{"00:1b:21:00:00:03"}}, "boot-1", now, false},
		{"another machine-id", laptop, machine{"f" + id[1:], laptop.cards}, "boot-1", now, false},
		{"machine-id uninitialized", machine{"uninitialized", laptop.cards}, machine{"uninitialized", laptop.cards}, "boot-1", now, false},
		{"machine-id of zeros", machine{"00000000000000000000000000000000", laptop.cards}, machine{"00000000000000000000000000000000", laptop.cards}, "boot-1", now, false},
		{"no machine-id", machine{"", laptop.cards}, machine{"", laptop.cards}, "boot-1", now, false},
		{"no card with an address of its own", machine{id, nil}, machine{id, nil}, "boot-1", now, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := ledger{t.TempDir() + "/mine"}
			_ = l.remember(first, c.then)
			if got := l.passed(c.boot, c.at, c.here); got != c.want {
				t.Errorf("passed: %v, want %v", got, c.want)
			}
		})
	}
}

func TestBootsAreWrittenDownOnce(t *testing.T) {
	l, m := ledger{t.TempDir() + "/mine"}, machine{"0123456789abcdef0123456789abcdef", []string{"00:1b:21:00:00:01"}}
	at := Place{"linux", "boot-1", "p", "t"}
	for range 2 {
		if err := l.remember(at, m); err != nil {
			t.Fatal(err)
		}
	}
	if text := readText(l.path()); text != "boot-1 0123456789abcdef0123456789abcdef 00:1b:21:00:00:01\n" {
		t.Errorf("%q", text)
	}
}

func TestAFolderThatOthersCanWriteToProvesNothing(t *testing.T) {
	m := machine{"0123456789abcdef0123456789abcdef", []string{"00:1b:21:00:00:01"}}
	now := Place{"linux", "boot-2", "p", "t"}
	for name, spoil := range map[string]func(folder string) error{
		"writable for all": func(folder string) error { return os.Chmod(folder, 0o777) },
		"of another user":  func(folder string) error { return os.Chown(folder, 65534, 65534) },
		"a link": func(folder string) error {
			if err := os.Rename(folder, folder+"-moved"); err != nil {
				return err
			}
			return os.Symlink(folder+"-moved", folder)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "of another user" {
				bed.Root(t)
			}
			l := ledger{t.TempDir() + "/mine"}
			if err := l.remember(Place{"linux", "boot-1", "p", "t"}, m); err != nil {
				t.Fatal(err)
			}
			if !l.passed("boot-1", now, m) {
				t.Fatal("there is no proof to begin with")
			}
			if err := spoil(l.folder); err != nil {
				t.Fatal(err)
			}
			if l.passed("boot-1", now, m) {
				t.Error("it counts as proof")
			}
			if err := l.remember(now, m); err == nil {
				t.Error("it was written to")
			}
		})
	}
}

func TestAddressesThatTheWorldHasOnce(t *testing.T) {
	for address, want := range map[string]bool{
		"00:1b:21:3a:4f:01": true,
		"3c:97:0e:12:34:56": true,
		"52:54:00:12:34:56": false, // QEMU's, the same for every machine
		"02:fc:00:00:00:01": false, // chosen by a hypervisor
		"01:00:5e:00:00:01": false,
		"00:00:00:00:00:00": false,
		"":                  false,
		"00:1b":             false,
	} {
		if makersAddress(address) != want {
			t.Errorf("%q: want %v", address, want)
		}
	}
}
