package main

import (
	"bytes"
	"fmt"
	"slices"
)

// A room is a package that a person can hold in mind.
const (
	maxLines = 5000
	maxFiles = 24
)

// lists are rooms whose files read as a list, one for each operation: they may have many.
var lists = []string{"backends/engine", "backends/conformance"}

// room counts what a folder has, except tests.
type room struct{ files, lines int }

func enter(rooms map[string]*room, folder string, text []byte) {
	if rooms[folder] == nil {
		rooms[folder] = &room{}
	}
	rooms[folder].files++
	rooms[folder].lines += bytes.Count(text, []byte("\n"))
}

// tooLarge returns the rooms that have grown past that.
func tooLarge(rooms map[string]*room) (problems []string) {
	for folder, r := range rooms {
		if r.lines > maxLines {
			problems = append(problems, fmt.Sprintf("%s has %d lines: give a part of it a room of its own (%d at most)", folder, r.lines, maxLines))
		}
		if r.files > maxFiles && !slices.Contains(lists, folder) {
			problems = append(problems, fmt.Sprintf("%s has %d files: give a part of them a room of their own (%d at most)", folder, r.files, maxFiles))
		}
	}
	return problems
}
