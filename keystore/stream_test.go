package keystore

import (
	"bytes"
	"crypto/rand"
	"testing"

	"holdfast/internal/secret"
)

func goOn(int64) error { return nil }

func streamed(t *testing.T, key *secret.Bytes, plain []byte) []byte {
	t.Helper()
	s, err := newStream(key, []byte("header"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	n, err := s.encrypt(&out, bytes.NewReader(plain), goOn)
	if err != nil || n != int64(len(plain)) {
		t.Fatalf("encrypt: %d bytes, %v", n, err)
	}
	return out.Bytes()
}

func unstreamed(t *testing.T, key *secret.Bytes, ad string, box []byte) ([]byte, error) {
	t.Helper()
	s, err := newStream(key, []byte(ad))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	_, err = s.decrypt(&out, bytes.NewReader(box), goOn)
	return out.Bytes(), err
}

func TestStreamComesBackAtEveryLengthNearAChunk(t *testing.T) {
	key, err := secret.Random(32)
	if err != nil {
		t.Fatal(err)
	}
	defer key.Destroy()
	for _, n := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize, 3*chunkSize + 17} {
		plain := make([]byte, n)
		if _, err := rand.Read(plain); err != nil {
			t.Fatal(err)
		}
		got, err := unstreamed(t, key, "header", streamed(t, key, plain))
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes: came back as %d, %v", n, len(got), err)
		}
	}
}

func TestStreamRefusesWhatWasChanged(t *testing.T) {
	key, err := secret.Random(32)
	if err != nil {
		t.Fatal(err)
	}
	defer key.Destroy()
	box := streamed(t, key, make([]byte, 2*chunkSize+9))
	one := chunkSize + 16
	swapped := append(append(append([]byte{}, box[one:2*one]...), box[:one]...), box[2*one:]...)
	flipped := bytes.Clone(box)
	flipped[one+3] ^= 1
	for name, bad := range map[string][]byte{
		"cut at a chunk":  box[:2*one],
		"cut in a chunk":  box[:one+5],
		"first dropped":   box[one:],
		"swapped":         swapped,
		"bit flipped":     flipped,
		"bytes after it":  append(bytes.Clone(box), 0),
		"nothing":         nil,
		"shorter than 16": box[:7],
	} {
		if _, err := unstreamed(t, key, "header", bad); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := unstreamed(t, key, "another header", box); err == nil {
		t.Error("opened under another header")
	}
}
