// Package tunnel is both ends of the forwarding of ports: connections that share one stream, each
// with flow control of its own, so that a slow one holds up no other. Serve is the agent's end;
// it connects to, and listens at, addresses of the network that it is in. A Session is the end
// of the client, and of everything that both have in common.
//
// A stream of a session begins with a request of who opened it and the answer to that; the
// bytes of a connection follow. Both ends are always of one build: the protocol has no
// versions.
//
// A session may have another one beside it, over a direct connection to the agent, which is
// sealed: see Direct.
//
// It knows nothing of engines. It imports core/guard.
package tunnel
