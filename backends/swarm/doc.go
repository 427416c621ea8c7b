// Package swarm is a fleet: many engines as one core.DockerClient, with Docker Swarm as its
// scheduler. A run holds a reservation, a service of one replica, which Swarm places; the container
// itself is run on that node's own engine. What names a container goes to the node that has it.
//
// It knows no way to an engine: New gets the opener of those. members/ has the managers and the
// nodes, reserve/ the reservations. routes_*.go are generated from core.DockerClient by tools/wire.
package swarm
