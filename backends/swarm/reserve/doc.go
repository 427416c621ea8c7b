// Package reserve holds resources on a node of a fleet. A reservation is a service of one replica of
// a placeholder, a container that only waits: Swarm places it where the CPU, the memory and the
// devices are free, or keeps it waiting. It imports core, the members, and the agent's program.
package reserve
