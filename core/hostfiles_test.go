package core

import "testing"

func TestParseHostFilesWay(t *testing.T) {
	for text, want := range map[string]HostFilesWay{
		"": HostFilesByConnection, "auto": HostFilesByConnection, "local": HostFilesHere, "engine": HostFilesByEngine,
	} {
		if got, err := ParseHostFilesWay(text); got != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"magic", "Local", " auto"} {
		if got, err := ParseHostFilesWay(text); KindOf(err) != KindInvalidArgument {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
