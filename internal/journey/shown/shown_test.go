package shown

import (
	"reflect"
	"strings"
	"testing"
)

var sample = View{
	Number: 3, Scale: 1, Width: 1024, Height: 640, Covered: true,
	Texts: []Text{{"Nobody can take", Rect{1, 2, 3, 4}}, {"them from  you.", Rect{1, 6, 3, 4}}},
	Items: []Item{
		{Kind: Button, Words: "Lock", Seen: true},
		{Kind: Button, Words: "Lock", Enabled: true},
		{Kind: Button, Words: "Lock", Enabled: true, Seen: true, Focused: true},
		{Kind: Secret, Words: "smart-card PIN", Enabled: true, Length: 6},
		{Kind: Word, Words: "abandon"},
	},
}

func TestLineComesBack(t *testing.T) {
	line, err := sample.Line()
	if err != nil {
		t.Fatal(err)
	}
	v, ok, err := Read([]byte(strings.TrimSuffix(string(line), "\n")))
	if err != nil || !ok || !reflect.DeepEqual(v, sample) {
		t.Fatalf("%+v, %t, %v", v, ok, err)
	}
}

func TestReadOfOtherLines(t *testing.T) {
	if _, ok, err := Read([]byte("holdfast 1.0")); ok || err != nil {
		t.Errorf("another line: %t, %v", ok, err)
	}
	if _, ok, err := Read([]byte(Mark + "{")); !ok || err == nil {
		t.Errorf("a broken line: %t, %v", ok, err)
	}
}

func TestSaysAcrossLines(t *testing.T) {
	if !sample.Says("take them\nfrom you.") || sample.Says("take you") || sample.Says("Lock") {
		t.Errorf("says %q", sample.Words())
	}
}

func TestFindTakesWhatCanBeUsed(t *testing.T) {
	if i, ok := sample.Find("Lock", Button); !ok || !i.Focused {
		t.Errorf("found %+v", i)
	}
	if _, ok := sample.Find("Lock", Entry); ok {
		t.Error("a button was taken for a field")
	}
}

func TestLikeTakesWhatHoldsAllTheWords(t *testing.T) {
	v := View{Items: []Item{
		{Kind: Tile, Words: "key1, passkey side"},
		{Kind: Row, Words: "key2, passkey side", Enabled: true},
		{Kind: Tile, Words: "key2,  passkey side", Enabled: true},
	}}
	if i, ok := v.Like(Tile, "key2", "passkey side"); !ok || i != v.Items[2] {
		t.Errorf("found %+v", i)
	}
	if i, ok := v.Like(Tile, "key1"); ok {
		t.Errorf("a disabled tile was taken: %+v", i)
	}
}

func TestFailuresShowNoRecoveryWord(t *testing.T) {
	if s := sample.String(); strings.Contains(s, "abandon") || !strings.Contains(s, "6 typed") {
		t.Errorf("%s", s)
	}
}
