package engine

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proboscis/ml_nexus_go/testbed/bed"
)

func TestListIsWhatDockerPsPrints(t *testing.T) {
	docker := bed.Load(t).Binary(t, "docker-cli")
	onEngines(t, func(t *testing.T, e *Engine, on bed.Engine) {
		names := []string{
			runFor(t, e, []string{"-d", "-p", "127.0.0.1::80", "--expose", "90-92", "--label", "a=b,c", "-v", "/etc:/a", "-v", "/data"}, "sleep", "600"),
			runFor(t, e, nil, "sh", "-c", "echo a long command with \"quotes\" <&> ü >/file; exit 3"),
			runFor(t, e, []string{"-d", "--network", "none"}, "sleep", "600"),
		}
		// Both lists are asked for until a pair agrees on our containers: sizes may come late.
		var ours, dockers map[string]map[string]any
		for started := time.Now(); time.Since(started) < longest; {
			rows, err := e.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			ours = byName(t, rows, names)
			dockers = byName(t, dockerRows(t, docker, on, "ps", "-a", "--no-trunc=false"), names)
			if len(ours) == len(names) && reflect.DeepEqual(ours, dockers) {
				return
			}
		}
		t.Errorf("ours:\n%v\ndocker's:\n%v", ours, dockers)
	})
}

// The engine fails if a container goes while it measures the sizes.
var goesMeanwhile = regexp.MustCompile("(?i)not found|no such")

func dockerRows(t *testing.T, docker string, on bed.Engine, args ...string) []json.RawMessage {
	t.Helper()
	run := func() (out []byte, said string, err error) {
		var stderr strings.Builder
		cmd := exec.CommandContext(t.Context(), docker, append(args, "--format", "{{json .}}")...)
		cmd.Env = []string{"DOCKER_HOST=" + on.Host, "HOME=" + t.TempDir()}
		cmd.Stderr = &stderr
		out, err = cmd.Output()
		return out, stderr.String(), err
	}
	out, said, err := run()
	for err != nil && goesMeanwhile.MatchString(said) {
		out, said, err = run()
	}
	if err != nil {
		t.Fatal(err, said)
	}
	rows := []json.RawMessage{}
	for line := range bytes.Lines(out) {
		rows = append(rows, json.RawMessage(line))
	}
	return rows
}

// ages pass while both are asked: package rows compares them, with nothing in between.
var ages = regexp.MustCompile(`\d+ (seconds?|minutes?)|Less than a second|About a minute`)

func byName(t *testing.T, rows []json.RawMessage, names []string) map[string]map[string]any {
	t.Helper()
	found := map[string]map[string]any{}
	for _, raw := range rows {
		row := map[string]any{}
		if err := json.Unmarshal(ages.ReplaceAll(raw, []byte("AGE")), &row); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.Contains(row["Names"].(string), name) {
				found[name] = row
			}
		}
	}
	return found
}
