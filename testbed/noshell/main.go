// Command noshell is the only program of the image mlng-noshell: what a test needs in
// an image without a shell or other tools. It imports only the standard library.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("usage: /app true | false | sleep SECONDS | cat | yes | echo WORDS")
	}
	switch args[0] {
	case "true":
		return nil
	case "false":
		os.Exit(1)
	case "sleep":
		return sleep(args[1:])
	case "cat":
		_, err := io.Copy(os.Stdout, os.Stdin)
		return err
	case "yes":
		return yes()
	case "echo":
		_, err := fmt.Println(strings.Join(args[1:], " "))
		return err
	}
	return fmt.Errorf("unknown subcommand %q", args[0])
}

func sleep(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("sleep takes one number of seconds")
	}
	seconds, err := strconv.ParseFloat(args[0], 64)
	if err != nil {
		return err
	}
	time.Sleep(time.Duration(seconds * float64(time.Second)))
	return nil
}

func yes() error {
	out := bufio.NewWriterSize(os.Stdout, 64<<10)
	for {
		if _, err := out.WriteString("y\n"); err != nil {
			return err
		}
	}
}
