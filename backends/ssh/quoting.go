package ssh

import "strings"

// quote makes one word for sh. Quotes in the text are put between double quotes, which
// csh and fish understand, too.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'"'"'`) + "'" }

// longestWord is for old shells, which refuse words of more than 1024 bytes.
const longestWord = 900

// forLoginShell gives the command that makes a login shell of any kind run a line for sh,
// and what is written to the command's stdin before anything else. Between quotes csh
// knows no newline and looks up what follows a !, and fish drops backslashes: a line that
// has any of them is read from stdin.
func forLoginShell(line string) (command, first string) {
	if strings.ContainsAny(line, "\n!\\") || len(line) > longestWord {
		return "exec sh -c " + quote(waitingShell), oneLine(line)
	}
	return "exec sh -c " + quote(line), ""
}

// oneLine is a line for waitingShell: a newline between single quotes becomes a variable.
func oneLine(line string) string {
	if !strings.Contains(line, "\n") {
		return line + "\n"
	}
	return `nl=$(printf '\nx'); nl=${nl%x}; ` + strings.ReplaceAll(line, "\n", `'"$nl"'`) + "\n"
}
