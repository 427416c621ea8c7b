// Package overview says how a fleet is used: its nodes with what is reserved on them, and what waits
// for one. All of it is what Swarm's managers know; no node is asked. It imports core and the rooms of
// members and reservations.
package overview
