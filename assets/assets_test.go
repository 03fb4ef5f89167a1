package assets

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestIconsAreAlike holds every icon to one drawing: the same square, the same line, one ink, nothing filled.
func TestIconsAreAlike(t *testing.T) {
	names, err := Icons()
	if err != nil || len(names) < 30 {
		t.Fatalf("%d icons: %v", len(names), err)
	}
	for _, name := range names {
		data, err := Icon(name)
		if err != nil {
			t.Fatal(err)
		}
		drawn := 0
		d := xml.NewDecoder(strings.NewReader(string(data)))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			e, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			attr := map[string]string{}
			for _, a := range e.Attr {
				attr[a.Name.Local] = a.Value
			}
			switch e.Name.Local {
			case "svg":
				if attr["viewBox"] != "0 0 24 24" {
					t.Errorf("%s: view box %q", name, attr["viewBox"])
				}
			case "path", "circle":
				drawn++
				if attr["fill"] != "none" || attr["stroke"] != IconInk || attr["stroke-width"] != "1.75" || attr["stroke-linecap"] != "round" {
					t.Errorf("%s: drawn with %v", name, attr)
				}
			default:
				t.Errorf("%s: element %q", name, e.Name.Local)
			}
		}
		if drawn == 0 {
			t.Errorf("%s: nothing is drawn", name)
		}
	}
	if _, err := Icon("no-such-icon"); err == nil {
		t.Error("an icon that is not there was given")
	}
}
