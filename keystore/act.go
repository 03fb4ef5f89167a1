package keystore

// The acts a touch is asked for, as message ids that app has words for: a prompt always says which.
const (
	actOpen        = "open-vault"
	actEnrol       = "enrol-token"
	actProve       = "prove-token"
	actProveMaster = "prove-token-master"
	actRestore     = "restore-backup"
	actLoosen      = "loosen-locking"
)

// actOfProof is what the touch of a proof through a tier is asked for.
func actOfProof(t Tier) string {
	if t == TierMaster {
		return actProveMaster
	}
	return actProve
}
