package engine

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"

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
		// Other tests come and go, and ages pass: both lists are asked for until a
		// pair agrees on our containers. After a minute, ages change rarely.
		var ours, dockers map[string]map[string]any
		for started := time.Now(); time.Since(started) < 3*time.Minute; {
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

func TestRowsComeInOrder(t *testing.T) {
	for _, count := range []int{0, 1, rowsPerPart, 5*rowsPerPart + 3} {
		containers := make([]container.Summary, count)
		for i := range containers {
			containers[i] = container.Summary{ID: fmt.Sprintf("%064d", i), Names: []string{fmt.Sprintf("/c%d", i)}, Image: "image"}
		}
		rows, err := formatRows(containers)
		if err != nil || len(rows) != count || rows == nil {
			t.Fatalf("%d rows of %d, %v", len(rows), count, err)
		}
		for i, raw := range rows {
			var row struct{ Names string }
			if err := json.Unmarshal(raw, &row); err != nil || row.Names != fmt.Sprintf("c%d", i) {
				t.Fatalf("row %d is %s, %v", i, raw, err)
			}
		}
	}
}

func dockerRows(t *testing.T, docker string, on bed.Engine, args ...string) []json.RawMessage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), docker, append(args, "--format", "{{json .}}")...)
	cmd.Env = []string{"DOCKER_HOST=" + on.Host, "HOME=" + t.TempDir()}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return splitRows(out)
}

func byName(t *testing.T, rows []json.RawMessage, names []string) map[string]map[string]any {
	t.Helper()
	found := map[string]map[string]any{}
	for _, raw := range rows {
		row := map[string]any{}
		if err := json.Unmarshal(raw, &row); err != nil {
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
