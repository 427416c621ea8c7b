// Command floor does operations with docker's own Go client, and times them. It reads
// requests from stdin and writes answers to stdout, as lines of JSON. Its argument is
// the engine's socket.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"golang.org/x/sync/errgroup"
)

type request struct {
	Op        string   `json:"op"`
	Container string   `json:"container"`
	Image     string   `json:"image"`
	Command   []string `json:"command"`
	Source    string   `json:"source"` // a local file or folder
	Target    string   `json:"target"` // a folder in the container
	Count     int      `json:"count"`  // how often; 0 means once
	AtOnce    int      `json:"at_once"`
}

type answer struct {
	Seconds float64 `json:"seconds"`
	Error   string  `json:"error"`
}

var operations = map[string]func(context.Context, *client.Client, request) error{
	"ping": func(ctx context.Context, c *client.Client, _ request) error {
		_, err := c.Ping(ctx)
		return err
	},
	"exec": exec,
	"run":  run,
	"list": list,
	"views": func(ctx context.Context, c *client.Client, _ request) error {
		_, err := c.ContainerList(ctx, container.ListOptions{All: true})
		return err
	},
	"copy": copyTo,
}

func main() {
	c, err := client.NewClientWithOpts(client.WithHost("unix://"+os.Args[1]), client.WithAPIVersionNegotiation())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var r request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		out, _ := json.Marshal(measure(c, r))
		fmt.Println(string(out))
	}
}

func measure(c *client.Client, r request) answer {
	do, ok := operations[r.Op]
	if !ok {
		return answer{Error: "no operation " + r.Op}
	}
	began := time.Now()
	group, ctx := errgroup.WithContext(context.Background())
	group.SetLimit(max(1, r.AtOnce))
	for range max(1, r.Count) {
		group.Go(func() error { return do(ctx, c, r) })
	}
	err := group.Wait()
	a := answer{Seconds: time.Since(began).Seconds()}
	if err != nil {
		a.Error = err.Error()
	}
	return a
}
