package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// Of RFC 8037: the key of appendix A.1 and the statement of appendix A.4.
const (
	public  = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	private = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",` +
		`"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}`
	signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc." +
		"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)

// TestRun lets the library judge and make a published statement.
func TestRun(t *testing.T) {
	task := `{"judge":[{"name":"good","input":{"jws":"` + signed + `","key":` + public + `}},` +
		`{"name":"changed","input":{"jws":"` + strings.Replace(signed, "RXhh", "RXhi", 1) + `","key":` + public + `}}],` +
		`"make":[{"name":"same","input":{"private":` + private + `,` +
		`"header":"{\"alg\":\"EdDSA\"}","payload":"Example of Ed25519 signing"}}]}`
	var out bytes.Buffer
	if err := run(strings.NewReader(task), &out); err != nil {
		t.Fatal(err)
	}
	var said struct {
		Peer, Version string
		Judged, Made  []struct {
			Name string
			Said struct{ Payload, Refused, Made string }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &said); err != nil {
		t.Fatal(err)
	}
	if said.Peer != "go-jose" || said.Version == "" || len(said.Judged) != 2 || len(said.Made) != 1 {
		t.Fatalf("said %+v", said)
	}
	if good := said.Judged[0].Said; good.Payload != "Example of Ed25519 signing" || good.Refused != "" {
		t.Errorf("good: %+v", good)
	}
	if changed := said.Judged[1].Said; changed.Payload != "" || changed.Refused == "" {
		t.Errorf("changed: %+v", changed)
	}
	if same := said.Made[0].Said; same.Made != signed || same.Refused != "" {
		t.Errorf("made: %+v", same)
	}
	if err := run(strings.NewReader("{"), &out); err == nil {
		t.Error("half a task was answered")
	}
}
