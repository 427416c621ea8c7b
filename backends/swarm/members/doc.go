// Package members is a fleet's membership as Docker Swarm has it: it finds a manager that
// answers, lists the nodes and connects to them. It imports core and uses docker's client of an
// engine; what is run on the nodes is not its concern.
package members
