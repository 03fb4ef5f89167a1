//go:build !linux

package secret

// allocate takes pages from memguard.
func allocate(count int) (*region, error) { return allocateGuarded(count) }
