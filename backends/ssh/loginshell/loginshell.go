// Package loginshell makes command lines that mean the same to any login shell a host may
// have: sh, bash, csh, tcsh, fish. It imports nothing of this module.
package loginshell

import "strings"

// Quote makes one word for sh. Quotes in the text are put between double quotes, which
// csh and fish understand, too.
func Quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'"'"'`) + "'" }

// longestWord is for old shells, which refuse words of more than 1024 bytes.
const longestWord = 900

// reader runs the line that it reads from stdin. What follows that line is the
// command's: read consumes no further byte.
const reader = `IFS= read -r line && eval "$line"`

// Reader is a command for the login shell: an sh that runs what Line writes to its stdin.
const Reader = "exec sh -c '" + reader + "'"

// Command returns a command for the login shell that makes sh run a script of one or more
// lines, and what to write to the command's stdin first. Inside quotes, csh allows no
// newline and expands what follows a !, and fish drops backslashes: a script with any of
// these is read from stdin.
func Command(script string) (command, first string) {
	if strings.ContainsAny(script, "\n!\\") || len(script) > longestWord {
		return Reader, Line(script)
	}
	return "exec sh -c " + Quote(script), ""
}

// Line turns a script into one line for Reader: a newline inside single quotes becomes a
// variable.
func Line(script string) string {
	if !strings.Contains(script, "\n") {
		return script + "\n"
	}
	return `nl=$(printf '\nx'); nl=${nl%x}; ` + strings.ReplaceAll(script, "\n", `'"$nl"'`) + "\n"
}
