package deptest

import "slices"

// Rule says what one package, or one subtree of packages, may import. What a rule does not name is refused: a package of this
// module, a module of somebody else, or a package of the standard library that Never names.
//
// Tests of a package may import more than the package itself, and only C binds them.
type Rule struct {
	// Package is a path below the module's own, with a trailing "/..." for a subtree without its root.
	Package string
	// Why says what the package is for, and so why it needs no more than this.
	Why string
	// Imports are the packages of this module that it may import directly, as paths like Package.
	Imports []Allow
	// Modules are the modules of others that it may import directly.
	Modules []Allow
	// Never are packages that it may reach neither directly nor through others: paths like Package, or the import path of
	// somebody else's package. A package of the standard library is refused to the package itself, not to those it imports, which have
	// rules of their own.
	Never []Allow
	// C says where C code may be. The standard library, which builds with and without it, does not count.
	C CCode
	// MacC lets a package reach C code on macOS, where the window toolkit's theme speaks to the system's frameworks.
	MacC bool
}

// on returns rules as they are on a system.
func on(goos string, rules []Rule) []Rule {
	out := slices.Clone(rules)
	for i := range out {
		if out[i].MacC && goos == "darwin" {
			out[i].C = AnyC
		}
	}
	return out
}

// CCode says where C code may be.
type CCode int

// Where C code may be: nowhere, so that package and tests run without a C compiler and without a device library; in what its tests reach; or in
// the package too.
const (
	NoC CCode = iota
	TestsC
	AnyC
)

// Allow is one import path with the reason why it is allowed, or refused.
type Allow struct {
	Path string
	Why  string
}

// Nested are the modules that lie within this one: "./..." does not reach them, so whoever checks everything names them.
var Nested = []string{"tools/peers/gojose"}

// Rules is the one copy of who may import whom. A package without a rule fails the test, and so does a rule without a reason.
var Rules = []Rule{
	{
		Package: ".",
		Why:     "the wallet's program: the helper first, then the window over the devices of this machine",
		Imports: []Allow{
			{"app", "the use cases"},
			{"ui/desktop", "the window"},
			{"internal/attach", "the devices of this machine"},
			{"internal/attach/logind", "hears that this machine goes to sleep, for the window to lock"},
			{"internal/secret", "closes the process to others"},
			{"internal/single", "one window for a vault"},
		},
		Never: noEmulator,
		C:     AnyC,
	},
	{
		Package: "app",
		Why:     "the use cases, for a window and for the command line alike: built and tested without C code or a device",
		Imports: []Allow{
			{"keystore", "opens, seals and signs"},
			{"keystore/...", "values of the derivation table and of the vault database"},
			{"token", "what is plugged in, whatever its kind"},
			{"did", "documents"},
			{"did/...", "the methods"},
			{"journal", "what happened"},
			{"internal/durable", "an export or a backup is written whole or not at all"},
			{"internal/jcs", "what is exported is canonical"},
			{"internal/secret", "holds a PIN or the words while a person is asked; never reads them"},
		},
		Modules: []Allow{
			{"codeberg.org/go-pdf/fpdf", "draws the recovery sheet, which holds no secret"},
			{"golang.org/x/image", "the letters of the recovery sheet: the Go fonts"},
		},
		Never: append([]Allow{
			{"token/pcsc", "a use case knows no kind of token"},
			{"token/piv", "a use case knows no kind of token"},
			{"token/fido2", "a use case knows no kind of token"},
			{"token/helper", "a use case starts no process"},
			{"internal/attach", "devices are handed in from outside"},
		}, noEmulator...),
	},
	{
		Package: "assets",
		Why:     "icons: bytes that any screen may draw",
		Never: []Allow{
			{"net", "nothing is fetched"},
			{"app", "a picture knows no use case"},
		},
	},
	{
		Package: "cmd/holdfastctl",
		Why:     "the use cases from a terminal: words, flags and exit codes, nothing that decides",
		Imports: []Allow{
			{"app", "the use cases"},
			{"internal/attach", "the devices of this machine"},
			{"internal/attach/logind", "hears that this machine goes to sleep, for the shell to lock"},
			{"internal/secret", "carries a typed PIN from the terminal to the use case without ever reading it"},
		},
		Modules: []Allow{
			{"github.com/spf13/cobra", "commands, completions, man pages"},
			{"github.com/spf13/pflag", "cobra's flags"},
			{"golang.org/x/term", "a PIN without echo"},
			{"golang.org/x/sys", "terminal and signals"},
		},
		Never: noEmulator,
		C:     AnyC,
	},
	{
		Package: "cmd/keypanel",
		Why:     "touches, unplugs and plugs emulated keys in a demonstration; a program of its own, no part of the wallet",
		Imports: []Allow{
			{"token/virtual", "orders to the emulated keys"},
		},
		Modules: toolkit,
		Never: []Allow{
			{"app", "hands know no use case"},
			{"keystore", "hands open no vault"},
			{"ui", "the panel is not the wallet's window"},
		},
		C: AnyC,
	},
	{
		Package: "cmd/virtualkey",
		Why:     "the emulated security key as a program; no part of the wallet",
		Imports: []Allow{
			{"token/virtual", "the emulated key"},
			{"token/virtual/...", "its parts"},
		},
		Modules: []Allow{
			{"github.com/spf13/cobra", "commands"},
		},
		Never: []Allow{
			{"app", "the emulated key must not lean on the wallet's idea of a key"},
			{"keystore", "the emulated key must not lean on the wallet's idea of a key"},
		},
		C: TestsC,
	},
	{
		Package: "did",
		Why:     "identifiers and documents: pure values, so that they can be checked anywhere",
		Imports: []Allow{
			{"internal/jcs", "canonical JSON"},
		},
		Modules: curves,
		Never:   pure,
	},
	{
		Package: "did/...",
		Why:     "one method or one kind of statement each: pure values",
		Imports: []Allow{
			{"did", "identifiers and documents"},
			{"did/key", "multikey encoding is did:key's"},
			{"did/peer", "a succession is one did:peer naming another"},
			{"did/statement", "what a key of a method may sign"},
			{"internal/jcs", "canonical JSON"},
		},
		Modules: curves,
		Never:   pure,
	},
	{
		Package: "internal/attach",
		Why:     "the one place where real devices meet the use cases",
		Imports: []Allow{
			{"token", "arrivals and departures"},
			{"token/helper", "the process that talks to a token"},
			{"token/pcsc", "readers"},
			{"token/piv", "the smart-card side"},
			{"token/fido2", "the passkey side"},
			{"keystore", "the contracts that a token fulfils"},
			{"internal/secret", "hands what the helper answered on, without reading it"},
		},
		Never: noEmulator,
		C:     AnyC,
	},
	{
		Package: "internal/attach/logind",
		Why:     "hears from the system that the machine sleeps or that the screen is locked; built and tested without C code, on a bus of its own",
		Imports: []Allow{
			{"app", "the contract that it fulfils"},
		},
		Modules: []Allow{
			{"github.com/godbus/dbus/v5", "the bus on which systemd-logind tells it; it is in the program already, since the toolkit asks the desktop with it"},
		},
		Never: append([]Allow{
			{"os/exec", "it starts nothing"},
		}, noEmulator...),
	},
	{
		Package: "internal/demo",
		Why:     "plays the owner's journey with emulated keys, through the same programs that people run",
		Imports: []Allow{
			{"internal/journey", "hands and eyes for the real window"},
			{"internal/journey/shown", "what the window shows"},
			{"internal/privatebus", "the bus on which the machine goes to sleep"},
			{"token/virtual", "the emulated key"},
			{"token/virtual/...", "its attachment"},
		},
		Modules: []Allow{
			{"github.com/godbus/dbus/v5", "plays the machine's sleep on a bus of its own"},
			numbers,
		},
		C: AnyC,
	},
	{
		Package: "internal/alone",
		Why:     "a process of its own for a test",
		Imports: []Allow{
			{"internal/child", "that process"},
		},
		Never: outside,
	},
	{
		Package: "internal/built",
		Why:     "the programs that make has built, for tests",
		Never:   outside,
	},
	{
		Package: "internal/child",
		Why:     "programs that tests and demonstrations start and end",
		Never:   outside,
	},
	{
		Package: "internal/deptest",
		Why:     "holds these rules; imports nothing that it judges",
	},
	{
		Package: "internal/durable",
		Why:     "the only place that writes files",
		Modules: []Allow{
			{"golang.org/x/sys", "locks and fsync of folders"},
		},
		Never: leaf,
	},
	{
		Package: "internal/durable/faulty",
		Why:     "a disk whose steps fail, for tests",
		Imports: []Allow{
			{"internal/durable", "what it stands in for"},
		},
		Never: leaf,
	},
	{
		Package: "internal/jcs",
		Why:     "canonical JSON (RFC 8785): pure",
		Never:   append([]Allow{}, pure...),
	},
	{
		Package: "internal/journey",
		Why:     "drives the real window from outside, as a person does: it knows the X server and nothing of the wallet",
		Imports: []Allow{
			{"internal/child", "programs that end with it"},
			{"internal/journey/shown", "what the window shows"},
		},
		Never: outside,
	},
	{
		Package: "internal/journey/shown",
		Why:     "what a person can see of the window: values that the journey build tells and the journey reads",
		Never:   outside,
	},
	{
		Package: "internal/secret",
		Why:     "memory for secrets, below everything that holds one",
		Modules: []Allow{
			{"github.com/awnumar/memguard", "guarded, locked memory"},
			{"github.com/awnumar/memcall", "the locks themselves"},
			{"golang.org/x/sys", "memfd_secret, dumpable, core dumps"},
		},
		Never: leaf,
	},
	{
		Package: "internal/single",
		Why:     "one window for a vault: a lock, and a socket that hears one word from the same account",
		Imports: []Allow{
			{"internal/durable", "the lock, and the folder"},
		},
		Modules: []Allow{
			{"golang.org/x/sys", "who is at the other end of a socket"},
		},
		Never: []Allow{
			{"app", "below everything"},
			{"keystore", "below everything"},
			{"net/http", "nobody outside this machine is heard"},
		},
	},
	{
		Package: "internal/windowbench",
		Why:     "measures the window from outside, beside a bare one",
		Imports: []Allow{
			{"internal/journey", "hands, eyes and a stop watch for real windows"},
			{"token/virtual", "the emulated key"},
			{"token/virtual/...", "its attachment"},
		},
		Never: outside,
	},
	{
		Package: "internal/inmemory",
		Why:     "temporary folders in memory, for tests",
		Modules: []Allow{{"golang.org/x/sys", "the room in a file system"}},
		Never:   outside,
	},
	{
		Package: "internal/limit",
		Why:     "limits of time in benchmarks",
		Never:   outside,
	},
	{
		Package: "internal/privatebus",
		Why:     "a message bus for tests and demonstrations",
		Imports: []Allow{
			{"internal/child", "the daemon"},
		},
		Never: outside,
	},
	{
		Package: "packaging",
		Why:     "what lies in the packages besides the programs: no code but the test that packs",
		Never:   outside,
	},
	{
		Package: "tools/notices",
		Why:     "writes the licences of what is linked into the programs; a tool for who builds, and no part of them",
		Modules: []Allow{
			{"github.com/google/licensecheck", "knows a licence by its text"},
		},
		Never: outside,
	},
	{
		Package: "internal/windowbench/bare",
		Why:     "the least window of the toolkit, to measure the wallet's beside",
		Modules: toolkit,
		Never: []Allow{
			{"app", "it is bare"},
			{"ui", "it is bare"},
		},
		C: AnyC,
	},
	{
		Package: "journal",
		Why:     "the record of what happened, on a database handed to it",
		Imports: []Allow{
			{"internal/jcs", "an entry is hashed as canonical JSON"},
			{"internal/secret", "holds the key of its MACs"},
		},
		Never: append([]Allow{
			{"keystore", "the record judges the vault and does not depend on it"},
		}, noDevice...),
	},
	{
		Package: "keystore",
		Why:     "the only place where a master secret is opened; tested without C code or hardware",
		Imports: []Allow{
			{"keystore/derive", "keys from the master secret"},
			{"keystore/store", "the vault database"},
			{"journal", "every act is written before and after"},
			{"did", "values that a signer takes"},
			{"did/...", "typed statements: a signer never takes bytes"},
			{"internal/durable", "the envelope is replaced, never overwritten"},
			{"internal/jcs", "the envelope is canonical JSON"},
			{"internal/secret", "keys in memory"},
		},
		Modules: []Allow{
			{"golang.org/x/crypto", "key agreement and key derivation"},
			curves[0],
		},
		Never: append([]Allow{
			{"app", "the core does not know its use cases"},
		}, noDevice...),
	},
	{
		Package: "keystore/derive",
		Why:     "BIP-39, SLIP-0010 and the table of paths: pure computation over secrets",
		Imports: []Allow{
			{"internal/secret", "what it derives from and into"},
		},
		Modules: []Allow{
			{"golang.org/x/crypto", "key derivation"},
			curves[0],
		},
		Never: append([]Allow{
			{"os", "derivation touches no file"},
			{"net", "derivation touches no network"},
			{"keystore/store", "derivation stores nothing"},
		}, noDevice...),
	},
	{
		Package: "keystore/store",
		Why:     "the encrypted database of one vault",
		Imports: []Allow{
			{"journal", "rows and journal are one transaction"},
			{"internal/durable", "a generation is durable before it is named"},
			{"internal/jcs", "a row's MAC is over canonical JSON"},
			{"internal/secret", "the database key"},
		},
		Modules: []Allow{
			{"github.com/ncruces/go-sqlite3", "SQLite without C code"},
			{"github.com/ncruces/julianday", "its dates"},
			{"lukechampine.com/adiantum", "its page encryption"},
			{"golang.org/x/crypto", "page encryption and MACs"},
		},
		Never: append([]Allow{
			{"keystore", "the database does not open itself"},
		}, noDevice...),
	},
	{
		Package: "scripts",
		Why:     "tests of the scripts behind make",
		Never:   outside,
	},
	{
		Package: "token",
		Why:     "what a token is, and which ones are plugged in, whatever their kind",
		Never:   append([]Allow{{"keystore", "a token does not know what it opens"}}, noDevice[1:]...),
	},
	{
		Package: "token/fido2",
		Why:     "the passkey side of a token, through libfido2",
		Imports: []Allow{
			{"token", "what a token is"},
			{"keystore", "the keyslot contracts that it fulfils"},
			{"internal/secret", "PIN and secrets"},
		},
		Modules: []Allow{
			{"github.com/keys-pub/go-libfido2", "libfido2"},
			{"github.com/fxamacker/cbor/v2", "authenticator data"},
			{"golang.org/x/sys", "what a hidraw device says of itself"},
		},
		Never: noEmulator,
		C:     AnyC,
	},
	{
		Package: "token/helper",
		Why:     "one act on a token in a process of its own",
		Imports: []Allow{
			{"token", "what a token is"},
			{"token/pcsc", "readers"},
			{"token/piv", "the smart-card side"},
			{"token/fido2", "the passkey side"},
			{"keystore", "the contracts that it carries over the pipe"},
			{"internal/secret", "PIN and secrets, over the pipe"},
		},
		Modules: []Allow{
			{"golang.org/x/sys", "pipes and signals"},
		},
		Never: noEmulator,
		C:     AnyC,
	},
	{
		Package: "token/pcsc",
		Why:     "our own binding of a few winscard calls",
		Imports: []Allow{
			{"token", "what a token is"},
		},
		Modules: []Allow{
			{"golang.org/x/sys", "the calls on Windows"},
		},
		Never: noEmulator,
		C:     AnyC,
	},
	{
		Package: "token/piv",
		Why:     "the smart-card side of a token, through PC/SC",
		Imports: []Allow{
			{"token", "what a token is"},
			{"token/pcsc", "readers, card reset, raw commands"},
			{"keystore", "the keyslot contracts that it fulfils"},
			{"internal/secret", "PIN and secrets"},
		},
		Modules: []Allow{
			{"github.com/go-piv/piv-go/v2", "PIV commands"},
		},
		Never: noEmulator,
		C:     AnyC,
	},
	{
		Package: "token/virtual",
		Why:     "an emulated security key: the other side of the wire, so it shares nothing with the wallet",
		Imports: []Allow{
			{"token/virtual/...", "its parts"},
		},
		Modules: emulator,
		Never:   apart,
		C:       TestsC,
	},
	{
		Package: "token/virtual/...",
		Why:     "parts of the emulated security key: they share nothing with the wallet",
		Imports: []Allow{
			{"internal/child", "programs that end with the bench"},
			{"token/virtual", "the whole"},
			{"token/virtual/...", "each other"},
		},
		Modules: emulator,
		Never:   apart,
		C:       TestsC,
	},
	{
		Package: "tools/mutants",
		Why:     "makes one line of the product wrong at a time and wants a test to fail; for who changes the tests, and no part of the wallet",
		Never:   outside,
	},
	{
		Package: "tools/peers",
		Why:     "asks other people's programs, and records what they say",
		Imports: []Allow{
			{"tools/peers/inputs", "what they are asked"},
			{"tools/peers/recording", "what they said"},
		},
		Never: outside,
	},
	{
		Package: "tools/peers/gojose",
		Why:     "go-jose as a judge: a module of its own, so that the library is none of the wallet's",
		Modules: []Allow{
			{"github.com/go-jose/go-jose/v4", "the judge"},
		},
		Never: outside,
	},
	{
		Package: "tools/peers/inputs",
		Why:     "what other people's programs are shown of ours, from fixed seeds",
		Imports: []Allow{
			{"did", "identifiers and documents"},
			{"did/...", "the methods and the statements that are shown"},
			{"internal/jcs", "headers that are canonical, and some that are not"},
			{"tools/peers/recording", "a question has a name"},
		},
		Modules: []Allow{curves[0]},
		Never: []Allow{
			{"keystore", "what signs here is a fixed seed, not a vault"},
			{"app", "what signs here is a fixed seed, not a vault"},
		},
	},
	{
		Package: "tools/peers/recording",
		Why:     "what other people's programs said, as a file",
		Imports: []Allow{
			{"internal/durable", "a recording is written whole or not at all"},
			{"internal/jcs", "compares what JSON says, not how it is written"},
		},
		Never: outside,
	},
	{
		Package: "ui",
		Why:     "the window: shows what the use cases do and decides nothing they do not; built and tested without C code, OpenGL or a display",
		Imports: []Allow{
			{"app", "the use cases"},
			{"assets", "icons"},
			{"internal/secret", "holds what a person types, and never reads it"},
			{"ui/look", "colours, scales, icons"},
			{"ui/parts", "the widgets that screens are made of"},
			{"ui/translations", "every word"},
			{"did/...", "values that are shown"},
			{"journal", "values that are shown"},
		},
		Modules: toolkit,
		Never:   window,
		MacC:    true,
	},
	{
		Package: "ui/desktop",
		Why:     "the window on a display: the one package that needs OpenGL and C code",
		Imports: []Allow{
			{"app", "the use cases that the window is given"},
			{"assets", "the program's picture"},
			{"ui", "the window"},
			{"ui/look", "its size"},
			{"ui/translations", "its title, and what is said when there is none"},
			{"ui/parts", "the journey build names the widgets that show"},
			{"internal/journey/shown", "the journey build tells what the window shows; the wallet that people run holds none of it"},
		},
		Modules: toolkit,
		Never:   noEmulator,
		C:       AnyC,
	},
	{
		Package: "ui/look",
		Why:     "the theme: colours, scales, icons in the colours of the moment",
		Imports: []Allow{
			{"assets", "icons"},
		},
		Modules: toolkit,
		Never:   append([]Allow{{"app", "a colour knows no use case"}}, window...),
		MacC:    true,
	},
	{
		Package: "ui/parts",
		Why:     "the small widgets: no state of the wallet",
		Imports: []Allow{
			{"app", "the words of an error"},
			{"internal/secret", "holds what a person types, and never reads it"},
			{"ui/look", "colours and scales"},
			{"ui/translations", "the few words of their own"},
		},
		Modules: append([]Allow{{"rsc.io/qr", "the modules of a QR code; it draws them itself"}}, toolkit...),
		Never:   window,
		MacC:    true,
	},
	{
		Package: "ui/translations",
		Why:     "the window's words, through the toolkit's language files",
		Modules: append([]Allow{numbers}, toolkit...),
		Never:   append([]Allow{{"app", "words know no use case"}}, window...),
		MacC:    true,
	},
}

// Parts of the table above.
var (
	numbers = Allow{"golang.org/x/text", "numbers as people write them"}
	toolkit = []Allow{
		{"fyne.io/fyne/v2", "widgets, canvas and words"},
	}
	window = append([]Allow{
		{"fyne.io/fyne/v2/app", "the display, OpenGL and C code are ui/desktop's"},
		{"internal/attach", "devices are handed in from outside"},
		{"token/pcsc", "a window knows no kind of token"},
		{"token/piv", "a window knows no kind of token"},
		{"token/fido2", "a window knows no kind of token"},
		{"token/helper", "a window starts no process"},
		{"net/http", "the window asks nobody on the net"},
	}, noEmulator...)
	noEmulator = []Allow{
		{"token/virtual", "an emulated key is never part of the wallet"},
		{"token/virtual/...", "an emulated key is never part of the wallet"},
	}
	noDevice = []Allow{
		{"token", "tested without hardware: the contracts are its own, and tokens come to it"},
		{"token/...", "tested without hardware: the contracts are its own, and tokens come to it"},
		{"internal/attach", "tested without hardware"},
	}
	pure = []Allow{
		{"os", "a value touches no file"},
		{"os/exec", "a value starts no process"},
		{"net", "a value touches no network"},
		{"net/http", "a value touches no network"},
		{"keystore", "a value holds no key"},
		{"internal/secret", "a value holds no secret"},
		{"token", "a value knows no device"},
		{"token/...", "a value knows no device"},
	}
	outside = []Allow{
		{"app", "whoever judges the wallet from outside shares nothing with it"},
		{"keystore", "whoever judges the wallet from outside shares nothing with it"},
		{"ui", "whoever judges the wallet from outside shares nothing with it"},
		{"fyne.io/fyne/v2", "whoever judges the window from outside shares nothing with it"},
	}
	leaf = []Allow{
		{"net", "below everything, and local"},
		{"keystore", "below everything"},
		{"app", "below everything"},
	}
	apart = []Allow{
		{"app", "two halves of one mistake would agree with each other"},
		{"keystore", "two halves of one mistake would agree with each other"},
		{"keystore/...", "two halves of one mistake would agree with each other"},
		{"token/piv", "two halves of one mistake would agree with each other"},
		{"token/fido2", "two halves of one mistake would agree with each other"},
		{"token/helper", "two halves of one mistake would agree with each other"},
	}
	curves = []Allow{
		{"github.com/decred/dcrd/dcrec/secp256k1/v4", "a curve that the standard library lacks"},
		{"filippo.io/edwards25519", "points of Ed25519 are checked, which the standard library does not offer"},
	}
	emulator = []Allow{
		{"github.com/fxamacker/cbor/v2", "CTAP's encoding"},
		{"golang.org/x/crypto", "key agreement and CMAC"},
		{"golang.org/x/sys", "pseudo-terminals"},
	}
)
