package helper

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"holdfast/internal/secret"
	"holdfast/keystore"
	"holdfast/token"
)

func TestFrames(t *testing.T) {
	var pipe bytes.Buffer
	ask := keystore.PINRequest{Token: "YubiKey 1", Which: keystore.PINPIV, TriesLeft: 3, Min: 6, Max: 8}
	typed, err := secret.Move([]byte("654321"))
	if err != nil {
		t.Fatal(err)
	}
	defer typed.Destroy()
	for _, write := range []func() error{
		func() error { return writeJSON(&pipe, kindAskPIN, ask) },
		func() error { return writeSecret(&pipe, kindPIN, typed) },
		func() error { return writeFrame(&pipe, kindTouchEnds, nil) },
	} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	var asked keystore.PINRequest
	f, err := readFrame(&pipe)
	if err != nil || f.kind != kindAskPIN || parse(f.json, &asked) != nil || asked != ask {
		t.Fatalf("%+v, %v", f, err)
	}
	f, err = readFrame(&pipe)
	if err != nil || f.kind != kindPIN || f.json != nil || !f.secret.Equal(typed) {
		t.Fatalf("%+v, %v", f, err)
	}
	f.secret.Destroy()
	if f, err = readFrame(&pipe); err != nil || f.kind != kindTouchEnds {
		t.Fatalf("%+v, %v", f, err)
	}
	if _, err = readFrame(&pipe); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
}

func TestNoFrames(t *testing.T) {
	for name, bytes := range map[string]string{
		"unknown kind":      "?\x00\x00\x00\x00",
		"too long":          "R\x00\x04\x00\x01",
		"much too long":     "R\xff\xff\xff\xff",
		"secret too long":   "S\x00\x00\x00\x41",
		"empty secret":      "p\x00\x00\x00\x00",
		"cancel with words": "x\x00\x00\x00\x01x",
	} {
		if f, err := readFrame(strings.NewReader(bytes)); !errors.Is(err, errFrame) {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	for name, bytes := range map[string]string{"header cut off": "R\x00\x00", "content cut off": "R\x00\x00\x00\x02x", "secret cut off": "S\x00\x00\x00\x02x"} {
		if f, err := readFrame(strings.NewReader(bytes)); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
	var e token.Error
	for _, text := range []string{`{"code":"busy","pin":"1"}`, `{"code":"busy"} {}`, `{"code":"busy"`, ``, `[]`} {
		if err := parse([]byte(text), &e); !errors.Is(err, errFrame) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzFrames(f *testing.F) {
	for _, seed := range []string{"x\x00\x00\x00\x00", "p\x00\x00\x00\x06654321", "r\x00\x00\x00\x02{}", "E\x00\x00\x00\x0f{\"code\":\"busy\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		frame, err := readFrame(r)
		if err != nil {
			return
		}
		read := b[:len(b)-r.Len()]
		var again bytes.Buffer
		if frame.secret != nil {
			defer frame.secret.Destroy()
			err = writeSecret(&again, frame.kind, frame.secret)
		} else {
			err = writeFrame(&again, frame.kind, frame.json)
		}
		if err != nil || !bytes.Equal(again.Bytes(), read) {
			t.Errorf("%x became %x, %v", read, again.Bytes(), err)
		}
	})
}
