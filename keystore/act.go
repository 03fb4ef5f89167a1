package keystore

// The acts a touch is asked for, as message ids that app has words for: a prompt always says which.
const (
	actOpen    = "open-vault"
	actEnrol   = "enrol-token"
	actProve   = "prove-token"
	actRestore = "restore-backup"
)
