//go:build unix && !linux

package durable

func renameExclusive(oldName, newName string) error { return linkExclusive(oldName, newName) }
