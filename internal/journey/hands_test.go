package journey

import (
	"slices"
	"testing"

	"holdfast/internal/journey/shown"
)

func TestTabs(t *testing.T) {
	items := func(focused string, names ...string) (list []shown.Item) {
		for _, n := range names {
			list = append(list, shown.Item{Kind: shown.Button, Words: n, Enabled: n != "off", Focused: n == focused})
		}
		return list
	}
	for _, c := range []struct {
		name   string
		items  []shown.Item
		target string
		want   []string
	}{
		{"nothing has the focus", items("", "a", "b", "c"), "b", []string{"Tab", "Tab"}},
		{"forwards", items("a", "a", "b", "c", "d", "e"), "b", []string{"Tab"}},
		{"what is disabled is passed by", items("a", "a", "off", "c", "d", "e", "f"), "c", []string{"Tab"}},
		{"backwards is shorter", items("a", "a", "b", "c", "d", "e"), "e", []string{"shift+Tab"}},
		{"not there", items("a", "a"), "z", nil},
		{"disabled", items("a", "a", "off"), "off", nil},
	} {
		got, ok := tabs(shown.View{Items: c.items}, c.target, nil)
		if !slices.Equal(got, c.want) || ok != (c.want != nil) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
