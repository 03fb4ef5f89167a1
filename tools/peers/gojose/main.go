// Program gojose asks the go-jose library: it reads a task on standard input, and writes what the library said. It is a
// module of its own, so that the library is none of the wallet's.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/go-jose/go-jose/v4"
)

const library = "github.com/go-jose/go-jose/v4"

// algorithms are those that our statements can name; the library is asked for all of them.
var algorithms = []jose.SignatureAlgorithm{jose.EdDSA, jose.ES256, "ES256K", "Ed25519", "eddsa", "none"}

// ask is one question; input is a signed statement or an order.
type ask struct {
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`
}

// answer is a question with what the library said.
type answer struct {
	ask
	Said any `json:"said"`
}

// verdict is what the library said of a JWS.
type verdict struct {
	Payload string `json:"payload,omitempty"` // what it verified
	Refused string `json:"refused,omitempty"` // its words
}

// product is a JWS that the library made.
type product struct {
	Made    string `json:"made,omitempty"`
	Refused string `json:"refused,omitempty"` // its words
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gojose:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var task struct{ Judge, Make []ask }
	if err := json.NewDecoder(in).Decode(&task); err != nil {
		return fmt.Errorf("read the task: %w", err)
	}
	version, err := version()
	if err != nil {
		return err
	}
	said := struct {
		Peer    string   `json:"peer"`
		Version string   `json:"version"`
		Runtime string   `json:"runtime"`
		Judged  []answer `json:"judged"`
		Made    []answer `json:"made"`
	}{Peer: "go-jose", Version: version, Runtime: runtime.Version()}
	for _, a := range task.Judge {
		said.Judged = append(said.Judged, answer{a, judge(a.Input)})
	}
	for _, a := range task.Make {
		said.Made = append(said.Made, answer{a, produce(a.Input)})
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc.Encode(said)
}

// version is the library's, as the linker wrote it into this program.
func version() (string, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", errors.New("this program does not say what it was built of")
	}
	for _, m := range info.Deps {
		if m.Path == library {
			return m.Version, nil
		}
	}
	return "", errors.New("this program was built without " + library)
}

func judge(input []byte) verdict {
	payload, err := verify(input)
	if err != nil {
		return verdict{Refused: err.Error()}
	}
	return verdict{Payload: string(payload)}
}

func verify(input []byte) ([]byte, error) {
	var signed struct {
		JWS string
		Key jose.JSONWebKey
	}
	if err := json.Unmarshal(input, &signed); err != nil {
		return nil, err
	}
	parsed, err := jose.ParseSignedCompact(signed.JWS, algorithms)
	if err != nil {
		return nil, err
	}
	return parsed.Verify(signed.Key)
}

func produce(input []byte) product {
	made, err := sign(input)
	if err != nil {
		return product{Refused: err.Error()}
	}
	return product{Made: made}
}

// sign hands the library the header's members; it writes them in an order of its own.
func sign(input []byte) (string, error) {
	var order struct {
		Private         jose.JSONWebKey
		Header, Payload string
	}
	if err := json.Unmarshal(input, &order); err != nil {
		return "", err
	}
	var header map[jose.HeaderKey]any
	if err := json.Unmarshal([]byte(order.Header), &header); err != nil {
		return "", err
	}
	algorithm, _ := header["alg"].(string)
	delete(header, "alg") // the library writes it
	key := jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: order.Private.Key}
	signer, err := jose.NewSigner(key, &jose.SignerOptions{ExtraHeaders: header})
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign([]byte(order.Payload))
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
