package cliopts

import (
	"strings"
	"testing"

	"github.com/proboscis/ml_nexus_go/core"
)

func TestUpdateIsDockers(t *testing.T) {
	update, err := ParseUpdate([]string{"--memory 64m --memory-swap", "-1", "--cpus=1.5", "--pids-limit", "7", "--restart", "on-failure:3"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseUpdate([]string{"--pids-limit", "9"}); err != nil { // it uses the same command
		t.Fatal(err)
	}
	c := update.Config
	if c.Memory != 64<<20 || c.MemorySwap != -1 || c.NanoCPUs != 1_500_000_000 || c.PidsLimit == nil || *c.PidsLimit != 7 {
		t.Errorf("got %+v", c)
	}
	if c.RestartPolicy.Name != "on-failure" || c.RestartPolicy.MaximumRetryCount != 3 {
		t.Errorf("got %+v", c.RestartPolicy)
	}
	if len(update.Needs) != 2 || update.Needs[0].Flag != "cpus" || update.Needs[1].Flag != "pids-limit" {
		t.Errorf("got %+v", update.Needs)
	}
}

func TestUpdateRefuses(t *testing.T) {
	for options, says := range map[string]string{
		"":               "no option says what to change",
		"--memory much":  "invalid size: 'much'",
		"--restart no:x": "maximum retry count must be an integer",
		"--volume /a:/b": "unknown flag: --volume",
		"--cpus 1 box":   "belongs to no option",
	} {
		_, err := ParseUpdate([]string{options})
		if core.KindOf(err) != core.KindInvalidArgument || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v", options, err)
		}
	}
}
