// Package dockerconfig reads what docker's CLI keeps for its user: settings and the
// logins to registries, in config.json, in DOCKER_AUTH_CONFIG and in credential
// helpers. It uses the caller's environment and never the process's own.
package dockerconfig
