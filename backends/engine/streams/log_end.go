package streams

import "bytes"

// LogEnd keeps the end of a log's last line, if that has no newline.
type LogEnd struct {
	length int64 // of the line
	kept   []byte
}

// keptOfLine is more than a logger holds back: json-file splits lines at 16 KiB.
const keptOfLine = 64 << 10

// Write implements io.Writer.
func (l *LogEnd) Write(p []byte) (int, error) {
	l.length = unfinishedLine(l.length, p)
	l.kept = append(l.kept, p...)
	if spare := len(l.kept) - keptOfLine; spare > keptOfLine {
		l.kept = append(l.kept[:0], l.kept[spare:]...)
	}
	return len(p), nil
}

// Complete writes to out, which followed the same log, the part of the last line that it
// lacks. fromEnd says that only the last lines of the log were requested.
func (l *LogEnd) Complete(out *Counter, fromEnd bool) error {
	_, err := out.Write(l.beyond(out.line, fromEnd))
	return err
}

// beyond returns the part of the line after so many bytes. If only the last pieces of a long
// line were requested, read lacks its beginning too: the end is what no whole piece explains.
func (l *LogEnd) beyond(read int64, fromEnd bool) []byte {
	missing := l.length - read
	if fromEnd && missing >= logPiece {
		if bytes.ContainsRune(l.kept, '\uFFFD') { // pieces of a json-file log may be longer
			return nil
		}
		missing %= logPiece
	}
	if missing <= 0 || missing > int64(len(l.kept)) {
		return nil
	}
	return l.kept[int64(len(l.kept))-missing:]
}

// unfinishedLine returns the length of the line that p leaves unfinished, if so many bytes of
// it came before.
func unfinishedLine(before int64, p []byte) int64 {
	if at := bytes.LastIndexByte(p, '\n'); at >= 0 {
		return int64(len(p) - at - 1)
	}
	return before + int64(len(p))
}
