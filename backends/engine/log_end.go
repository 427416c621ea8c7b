package engine

import (
	"bytes"
	"context"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/versions"

	"github.com/proboscis/ml_nexus_go/core/guard"
)

// followersMissLastLine reports whether the engine ends a followed log without its last line
// where that has no newline. Engines before 23 write it when the container ends, which is when
// they stop following (https://github.com/moby/moby/pull/43294). A log that is read without
// following has it.
func (e *Engine) followersMissLastLine() bool {
	return versions.LessThan(e.api.ClientVersion(), "1.42")
}

// logEnd keeps the end of a log's last line, if that has no newline.
type logEnd struct {
	length int64 // of the line
	kept   []byte
}

// keptOfLine is more than what a logger holds back: json-file splits lines at 16 KiB.
const keptOfLine = 64 << 10

func (l *logEnd) Write(p []byte) (int, error) {
	l.length = unfinishedLine(l.length, p)
	l.kept = append(l.kept, p...)
	if spare := len(l.kept) - keptOfLine; spare > keptOfLine {
		l.kept = append(l.kept[:0], l.kept[spare:]...)
	}
	return len(p), nil
}

// beyond gives what the line has after so many bytes. Where only the last pieces of a long
// line were asked for, read lacks its beginning too: the end is what no whole piece explains.
func (l *logEnd) beyond(read int64, fromEnd bool) []byte {
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

// unfinishedLine is the length of the line that p leaves unfinished, where so many bytes of
// it came before.
func unfinishedLine(before int64, p []byte) int64 {
	if at := bytes.LastIndexByte(p, '\n'); at >= 0 {
		return int64(len(p) - at - 1)
	}
	return before + int64(len(p))
}

// finishLog delivers what a followed log lacks of its last lines.
func (e *Engine) finishLog(ctx context.Context, id string, tty bool, followed container.LogsOptions, out, errOut *counter) error {
	if !e.followersMissLastLine() {
		return nil
	}
	fromEnd := tailed(followed)
	followed.Follow, followed.Tail = false, "" // a number of lines would count the last one
	body, err := e.api.ContainerLogs(ctx, id, followed)
	if err != nil {
		return err
	}
	defer body.Close()
	defer guard.OnDone(ctx, func() { _ = body.Close() })()
	var outEnd, errEnd logEnd
	if err := demuxLog(body, tty, followed.Timestamps, &outEnd, &errEnd); err != nil {
		return err
	}
	if _, err := out.Write(outEnd.beyond(out.line, fromEnd)); err != nil {
		return err
	}
	_, err = errOut.Write(errEnd.beyond(errOut.line, fromEnd))
	return err
}
